#include "secrets/patterns.h"

#include <cstdint>

namespace signalbox::secrets {
namespace {

// A list or an object of JSON or of a programming language, one more within it, to its end or that
// of the text; and what goes on behind it without a space. Only its outer brackets stay.
#define QUOTED R"re(\\+"[^"\\]*\\+"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|["'][^"']*\z)re"
#define BRACKETED                                                 \
  R"re([\[{]((?:)re" QUOTED R"re(|[^\[\]{}"']|[\[{](?:)re" QUOTED \
  R"re(|[^\[\]{}"'])*[\]}])*)(?:[\]}]([^\s"'&<>,;\]})\\]*)|\z))re"

// What follows the name of a secret: its end (a quote, perhaps escaped, as in JSON within a text),
// '=' or ':', and the value. In quotes it ends with them; else with a space, a quote, an angle
// bracket or the '&' of a query. The order matters: lists first, then escaped quotes.
#define VALUE                                                         \
  R"re((?:)re" BRACKETED R"re(|\\+"((?:[^"\\\r\n]|\\[^"\r\n])+))re"   \
  R"re(|"((?:[^"\\\r\n]|\\[^\r\n])+)|'((?:[^'\\\r\n]|\\[^\r\n])+))re" \
  R"re(|([^\s"'&<>]+)))re"
#define SEPARATOR R"re(\\*["']?[ \t]*(?:=>|:=|==?|:)[ \t]*)re"

constexpr std::array patterns = {
    // First, because it spans lines. A key whose end was cut off ends where its lines do; one whose
    // begin was cut off begins where they do.
    Pattern{{"private key"},
            R"re(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----((?:-{0,4}[^-])+-*)-----END )re"
            R"re([A-Z0-9 ]*PRIVATE KEY)re"},
    Pattern{{"private key"},
            R"re(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----)re"
            R"re(((?:(?:\s|\\[rn])*(?:[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z-]+: [^\r\n]*))+))re"},
    Pattern{{"private key"},
            R"re(((?:[A-Za-z0-9+/]{4,}={0,2}(?:\s|\\[rn])+)+)-----END [A-Z0-9 ]*PRIVATE KEY)re"},
    Pattern{{"age-secret-key-1"}, R"re(\bAGE-SECRET-KEY-1[A-Za-z0-9]{20,})re"},
    Pattern{{"putty-user-key-file"}, R"re(Private-Lines: \d+((?:\s+[A-Za-z0-9+/]{16,}={0,2})+))re"},

    // Tokens that their makers marked.
    Pattern{{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"},
            R"re((?:\b|_)((?:gh[pousr]|github_pat)_[A-Za-z0-9_]{4,}))re"},
    Pattern{{"glpat-", "gldt-", "glcbt-", "glrt-", "glptt-", "glft-", "glsoat-", "glimt-",
             "glagent-", "gloas-", "glffct-"},
            R"re(\bgl(?:pat|dt|cbt|rt|ptt|ft|soat|imt|agent|oas|ffct)-)re"
            R"re([A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]+)*)re"},
    Pattern{{"akia", "asia", "abia", "acca"},
            R"re((?:\b|_)((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})(?:\b|_))re"},
    Pattern{{"aiza"}, R"re(\bAIza[A-Za-z0-9_-]{35})re"},
    Pattern{{"ya29."}, R"re(\bya29\.[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*)re"},
    Pattern{{"gocspx-"}, R"re(\bGOCSPX-[A-Za-z0-9_-]{20,})re"},
    Pattern{{"xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-",
             "xoxs-", "xapp-"},
            R"re(\b(?:xox[abcdeoprs]|xapp|xoxe\.xox[bp])-[A-Za-z0-9%_-]{8,})re"},
    Pattern{{"hooks.slack.com"},
            R"re(hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9_/-]{8,}))re"},
    Pattern{{"/api/webhooks/"}, R"re(/api/webhooks/\d+/([A-Za-z0-9_-]{8,}))re"},
    Pattern{{"sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"},
            R"re(\b(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9+/=]{8,})re"},
    Pattern{{"sk-"},
            R"re(\bsk-(?:(?:proj|ant|svcacct|admin|or|lf|live|test|None)-)re"
            R"re([A-Za-z0-9_-]{16,}|[A-Za-z0-9]{20,}))re"},
    Pattern{{"npm_"}, R"re(\bnpm_[A-Za-z0-9]{20,})re"},
    Pattern{{"pypi-ag"}, R"re(\bpypi-Ag[A-Za-z0-9_-]{16,})re"},
    Pattern{{"hf_", "api_org_"}, R"re(\b(?:hf|api_org)_[A-Za-z0-9]{20,})re"},
    Pattern{{"dckr_pat_", "dop_v1_", "doo_v1_", "hvs.", "hvb.", "dapi", "pat-na1-", "shpat_",
             "lin_api_", "nvapi-"},
            R"re(\b(?:dckr_pat_[A-Za-z0-9_-]{16,}|do[opr]_v1_[a-f0-9]{32,})re"
            R"re(|hv[sb]\.[A-Za-z0-9_-]{20,}|dapi[a-f0-9]{32}|pat-na1-[A-Za-z0-9-]{20,})re"
            R"re(|shpat_[a-fA-F0-9]{32}|lin_api_[A-Za-z0-9]{20,}|nvapi-[A-Za-z0-9_-]{20,}))re"},
    Pattern{{"sg."}, R"re(\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})re"},
    Pattern{{":aa"}, R"re(\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b)re"},  // Telegram's bots
    Pattern{{"eyj"}, R"re(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3})re"},

    // URLs. The user name of an ssh or database address is no secret, a password behind it is;
    // over HTTP both may be the token.
    Pattern{{"://"}, R"re((?i)\bhttps?://([^\s/'"<>]+)@)re", "@"},
    Pattern{{"://"}, R"re((?i)\b[a-z][a-z0-9+.-]*://[^\s/:@'"<>]*:([^\s/'"<>]+)@)re", "@"},
    Pattern{{"sig=", "signature=", "security-token=", "?key=", "&key=", "?code=", "&code="},
            R"re((?i)[?&;](?:sig|[a-z0-9-]*signature|x-[a-z]+-security-token|key|code)=)re"
            R"re(([^\s"'&<>]+))re"},
    Pattern{
        {"accountkey", "sharedaccesskey", "sharedaccesssignature"},
        R"re((?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)\s*=\s*([^\s;"'<>]+))re"},
    Pattern{{"pwd"}, R"re((?i);\s*pwd\s*=\s*([^\s;"'<>]+))re"},

    // Headers.
    Pattern{{"authorization"},
            R"re((?i)\b[a-z-]*authorization)re" SEPARATOR R"re((?:\\*["'])?)re"
            R"re((?:(?:digest|hmac|signature|oauth|aws4-[a-z0-9-]+)[ \t]+([^\r\n]+))re"
            R"re(|(?:(?:basic|bearer|token|apikey|negotiate|ntlm)[ \t]+)?([^\s"',<>\\]+)))re"},
    Pattern{{"bearer "}, R"re((?i)\bbearer[ \t]+([a-z0-9._~+/-]{20,}=*))re"},
    Pattern{{"cookie"}, R"re((?i)\b(?:set-)?cookie2?:[ \t]*([^\r\n"'<>]+))re"},

    // Names that say so. names_a_secret() is the same rule.
    Pattern{{"password", "passwd", "passphrase", "secret"},
            R"re((?i)(?:password|passwd|passphrase|secret)[\w.-]*)re" SEPARATOR VALUE,
            "=:"},
    Pattern{{"token"}, R"re((?i)token[0-9]*)re" SEPARATOR VALUE, "=:"},
    Pattern{{"key"},
            R"re((?i)(?:api|access|secret|private|auth|encryption|signing|master|session|service)re"
            R"re(|deploy|license|subscription)[_.-]?key[0-9]*)re" SEPARATOR VALUE,
            "=:"},
    Pattern{{"_pass", "dbpass", "pgpass", "userpass", "mysqlpass", "smtppass"},
            R"re((?i)(?:_|db|pg|user|mysql|smtp)pass[0-9]*)re" SEPARATOR VALUE,
            "=:"},

    // Command lines.
    Pattern{{"password", "passwd", "passphrase", "token", "secret", "-key"},
            R"re((?i)(?:^|\s)--?(?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|token|secret)re"
            R"re(|(?:api|access|secret|private|auth)[_-]?key)[ \t]+["']?([^\s"'<>-][^\s"'<>]*))re",
            "-"},
    // The same as a list: ["--password", "x"].
    Pattern{{"password", "passwd", "passphrase", "token", "secret", "-key"},
            R"re((?i)["']--?(?:[a-z0-9]+[_-])*(?:password|passwd|passphrase|token|secret)re"
            R"re(|(?:api|access|secret|private|auth)[_-]?key)\\*["']\s*,\s*\\*["']([^"'\\]+))re",
            ","},
    // An environment as lists write it: {"name": "DB_PASSWORD", "value": "x"}.
    Pattern{{"password", "passwd", "passphrase", "token", "secret", "key"},
            R"re((?i)["'](?:name|key)\\*["']\s*:\s*\\*["'][\w.-]*(?:password|passwd|passphrase)re"
            R"re(|token|secret|(?:api|access|private|auth)[_.-]?key)[\w.-]*\\*["']\s*,\s*)re"
            R"re(\\*["']value\\*["']\s*:\s*\\*["']([^"'\\]+))re",
            ","},
    Pattern{
        {"curl ", "wget "},
        R"re((?i)\b(?:curl|wget)\b[^\r\n]*?\s(?:-u|--user)[ =]?["']?[^\s:"'=]+:([^\s"'<>]+))re"},
    Pattern{{"sshpass"}, R"re(\bsshpass\s+-p\s*["']?([^\s"'<>]+))re"},
    Pattern{{"mysql"}, R"re(\bmysql[a-z]*\b[^\r\n]*?\s-p([^\s"'<>]+))re"},
    Pattern{{"password "}, R"re((?i)\blogin\s+\S+\s+password\s+(\S+))re"},  // netrc
};

#undef VALUE
#undef BRACKETED
#undef QUOTED
#undef SEPARATOR

// A set of the first three bytes of all hints: one step a byte of a text, whatever their number.
constexpr std::size_t slots = 4096;

constexpr std::size_t slot_of(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) {
    return static_cast<std::size_t>(static_cast<unsigned char>(lower(text[at + offset])));
  };
  return (byte(0) * 37 + byte(1) * 613 + byte(2) * 1021) % slots;
}

std::array<bool, slots> beginnings_of_hints() {
  std::array<bool, slots> known{};
  for (const Pattern& pattern : patterns) {
    for (const std::string_view hint : pattern.hints) {
      if (!hint.empty()) known[slot_of(hint, 0)] = true;
    }
  }
  return known;
}

}  // namespace

std::span<const Pattern> built_in_patterns() {
  return patterns;
}

bool may_hold_a_hint(std::string_view text) {
  static const auto beginnings = beginnings_of_hints();
  for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
    if (beginnings[slot_of(text, at)]) return true;
  }
  return false;
}

}  // namespace signalbox::secrets
