#include "migrate/calls.h"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "base/text.h"
#include "scripts/scripts.h"

namespace signalbox {
namespace {

constexpr std::string_view status_path = "data/status";
constexpr std::size_t text_limit = 400;
constexpr int nesting_limit = 3;  // a command in a string in a command

struct Word {
  std::string text;
  bool ends_command = false;  // a separator: ; & | ( ) { } or the end of a redirection
  bool is_redirection = false;
};

// The words of a line as a shell sees them, up to a comment. Commas and brackets separate too, so
// that ["git", "stash"] reads like git stash.
std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  std::string word;
  char quote = 0;
  bool was_quoted = false;
  const auto end_word = [&] {
    if (!word.empty() || was_quoted) words.push_back({word});
    word.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      was_quoted = true;
    } else if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
    } else if (c == '#' && word.empty() && !was_quoted) {
      break;
    } else if (std::string_view(" \t\r,[]").find(c) != std::string_view::npos) {
      end_word();
    } else if (std::string_view(";&|()`<").find(c) != std::string_view::npos) {
      end_word();
      words.push_back({std::string(1, c), true, false});
    } else if (c == '>') {
      end_word();
      if (words.empty() || !words.back().is_redirection) words.push_back({">", false, true});
    } else {
      word += c;
    }
  }
  end_word();
  return words;
}

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// Whether `name` stands in the line as a whole file name.
bool names_file(std::string_view line, std::string_view name) {
  for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const auto after = at + name.size();
    const bool starts = at == 0 || !is_word_letter(line[at - 1]);
    const bool ends = after == line.size() || !is_word_letter(line[after]);
    if (starts && ends) return true;
  }
  return false;
}

using Arguments = std::span<const std::string>;

bool has_any(Arguments arguments, std::initializer_list<std::string_view> wanted) {
  return std::ranges::any_of(arguments, [&](const std::string& argument) {
    return std::ranges::find(wanted, argument) != wanted.end();
  });
}

// "-am" holds the letter 'a'; "--all" does not.
bool has_letter(Arguments arguments, char letter) {
  return std::ranges::any_of(arguments, [&](const std::string& argument) {
    return argument.size() > 1 && argument[0] == '-' && argument[1] != '-' &&
           argument.find(letter) != std::string::npos;
  });
}

// Everything under data/, not one named file of it.
bool has_all_of_data(Arguments arguments) {
  return std::ranges::any_of(arguments, [](const std::string& argument) {
    if (argument == "." || argument == "./" || argument == "*" || argument == ":/") return true;
    const auto at = argument.find("data");
    if (at == std::string::npos || (at > 0 && argument[at - 1] != '/')) return false;
    const std::string_view path = std::string_view(argument).substr(at);
    return path == "data" || path == "data/" || path == "data/status" || path == "data/status/" ||
           path.find('*') != std::string_view::npos;
  });
}

struct Danger {
  std::string_view subcommand;
  std::string_view shown;
  bool (*applies)(Arguments arguments);
  std::string_view why;
};

constexpr std::array dangers = {
    Danger{"stash", "git stash",
           [](Arguments arguments) { return !has_any(arguments, {"list", "show"}); },
           "takes other jobs' reports out of the files"},
    Danger{"reset", "git reset --hard",
           [](Arguments arguments) { return has_any(arguments, {"--hard", "--merge", "--keep"}); },
           "throws away other jobs' reports"},
    Danger{"push", "git push --force",
           [](Arguments arguments) {
             return has_letter(arguments, 'f') ||
                    std::ranges::any_of(arguments, [](const std::string& argument) {
                      return argument.starts_with("--force") || argument.starts_with("--mirror") ||
                             (argument.size() > 1 && argument[0] == '+');
                    });
           },
           "overwrites what others published"},
    Danger{"add", "git add data/",
           [](Arguments arguments) {
             return has_any(arguments, {"-A", "--all", "-u", "--update"}) ||
                    has_all_of_data(arguments);
           },
           "commits other jobs' half-written files"},
    Danger{"commit", "git commit -a",
           [](Arguments arguments) {
             return has_letter(arguments, 'a') || has_any(arguments, {"--all"});
           },
           "commits other jobs' half-written files"},
    Danger{"clean", "git clean",
           [](Arguments arguments) {
             return has_letter(arguments, 'f') || has_any(arguments, {"--force"});
           },
           "deletes files that were not published"},
    Danger{"checkout", "git checkout -- data/", has_all_of_data, "puts old reports back"},
    Danger{"restore", "git restore data/", has_all_of_data, "puts old reports back"},
};

class Line {
 public:
  Line(std::size_t number, std::string_view text, std::vector<Call>& calls)
      : number_(number), text_(text), calls_(calls) {}

  void look() {
    const auto words = words_of(text_);
    std::string code;
    for (const Word& word : words) code += word.text + " ";
    for (const Script& script : scripts()) {
      if (names_file(code, script.name)) add(CallKind::Script, script.name, {});
    }
    if (touches_status(words, code)) add(CallKind::StatusFile, status_path, {});
    look_for_dangers(words, 0);
  }

 private:
  void add(CallKind kind, std::string_view what, std::string_view why) {
    const bool known = std::ranges::any_of(
        calls_, [&](const Call& call) { return call.line == number_ && call.what == what; });
    if (known) return;
    calls_.push_back({number_, kind, std::string(what), std::string(why),
                      shortened(trimmed(text_), text_limit)});
  }

  static bool is_status_path(const std::string& word) {
    return word.find(status_path) != std::string::npos;
  }

  // A redirection into it, a program that writes it, a call of another language that does, or a
  // variable that keeps its path.
  static bool touches_status(const std::vector<Word>& words, const std::string& code) {
    if (!is_status_path(code)) return false;
    std::string command;
    bool is_target = false;
    for (const Word& word : words) {
      if (word.ends_command) {
        command.clear();
      } else if (word.is_redirection) {
        is_target = true;
        continue;
      } else if (is_target) {
        if (is_status_path(word.text)) return true;
      } else if (is_status_path(word.text)) {
        const auto equals = word.text.find('=');
        if (equals != std::string::npos && equals > 0 && is_word_letter(word.text[equals - 1])) {
          return true;
        }
        for (const std::string_view writer : {"tee", "cp", "mv", "sed", "rsync", "install", "ln"}) {
          if (command == writer) return true;
        }
      } else if (command.empty()) {
        command = word.text.substr(word.text.find_last_of('/') + 1);
      }
      is_target = false;
    }
    for (const std::string_view sign : {"open", "write", "dump", "toJSON", "<-"}) {
      if (code.find(sign) != std::string::npos) return true;
    }
    return false;
  }

  void look_for_dangers(const std::vector<Word>& words, int depth) {
    std::vector<std::string> command;
    const auto look_at_command = [&] {
      look_at(command, depth);
      command.clear();
    };
    for (const Word& word : words) {
      if (word.ends_command) {
        look_at_command();
      } else if (!word.is_redirection) {
        command.push_back(word.text);
      }
    }
    look_at_command();
  }

  void look_at(const std::vector<std::string>& command, int depth) {
    const auto git = std::ranges::find_if(
        command, [](const std::string& word) { return word == "git" || word.ends_with("/git"); });
    if (git != command.end()) look_at_git(Arguments(git + 1, command.end()));
    const auto rm = std::ranges::find(command, "rm");
    if (std::any_of(rm, command.end(), [](const std::string& word) {
          return word.find(".git/") != std::string::npos && word.ends_with(".lock");
        })) {
      add(CallKind::Dangerous, "rm .git/*.lock", "breaks a lock that somebody may hold");
    }
    // A command inside a string: bash -c "...", ssh host "...", or of another language. Not what is
    // only said.
    if (depth == nesting_limit || command.empty()) return;
    for (const std::string_view said : {"echo", "printf", "print", "cat", "message", "log"}) {
      if (command.front() == said) return;
    }
    for (const std::string& word : command) {
      if (word.find_first_of(" \t") != std::string::npos)
        look_for_dangers(words_of(word), depth + 1);
    }
  }

  void look_at_git(Arguments words) {
    while (!words.empty() && words.front().starts_with('-')) {
      const bool has_value = words.front() == "-C" || words.front() == "-c" ||
                             words.front() == "--git-dir" || words.front() == "--work-tree";
      words = words.subspan(std::min<std::size_t>(has_value ? 2 : 1, words.size()));
    }
    if (words.empty()) return;
    for (const Danger& danger : dangers) {
      if (words.front() == danger.subcommand && danger.applies(words.subspan(1))) {
        add(CallKind::Dangerous, danger.shown, danger.why);
      }
    }
  }

  std::size_t number_;
  std::string_view text_;
  std::vector<Call>& calls_;
};

}  // namespace

std::vector<Call> find_calls(std::string_view text) {
  std::vector<Call> calls;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) Line(++number, line, calls).look();
  return calls;
}

}  // namespace signalbox
