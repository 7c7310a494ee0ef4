#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/table.h"

namespace signalbox::cli {

namespace {

constexpr std::size_t help_width = 80;  // columns, wherever it goes: it is text, not a table

class Usage final : public CLI::Formatter {
 public:
  explicit Usage(std::string text) : text_(std::move(text)) {}
  std::string make_usage(const CLI::App*, std::string) const override {
    return "Usage: signalbox " + text_ + "\n";
  }
  std::string make_description(const CLI::App* app) const override {
    return wrapped(app->get_description(), help_width, 0);
  }
  std::string make_footer(const CLI::App* app) const override {
    std::string text;
    const std::string footer = app->get_footer();
    for (const std::string_view line : lines_of(footer)) {
      // Examples are indented, and copied.
      text += line.starts_with(' ') ? std::string(line) + "\n" : wrapped(line, help_width, 0);
    }
    return text;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    // CLI11 indents what follows a newline.
    std::string text = wrapped(option->get_description(), help_width - get_column_width(), 0);
    text.pop_back();
    return text;
  }

 private:
  std::string text_;
};

}  // namespace

struct CommandLine::Impl {
  CLI::App app;
};

CommandLine::CommandLine(const std::string& name, const std::string& usage,
                         const std::string& summary, const std::string& footer)
    : impl_(new Impl{CLI::App(summary, name)}) {
  impl_->app.formatter(std::make_shared<Usage>(name + " " + usage));
  impl_->app.footer(footer);
}
CommandLine::~CommandLine() = default;

void CommandLine::positional(const std::string& name, std::string& value, Need need,
                             const std::string& help) {
  impl_->app.add_option(name, value, help)->required(need == Need::Required);
}

void CommandLine::positionals(const std::string& shown, std::vector<std::string>& values, int most,
                              const std::string& help) {
  impl_->app.add_option("REST", values, help)->expected(0, most)->option_text(shown);
}

void CommandLine::text(const std::string& names, std::string& value, const std::string& help) {
  impl_->app.add_option(names, value, help);
}

void CommandLine::count(const std::string& names, std::size_t& value, const std::string& help) {
  // CLI11 takes "-1" for a very large number.
  constexpr std::size_t most_digits = 9;
  impl_->app.add_option(names, value, help)
      ->capture_default_str()
      ->check([](const std::string& text) {
        const bool is_count = !text.empty() && text.size() <= most_digits &&
                              text.find_first_not_of("0123456789") == std::string::npos;
        return is_count ? std::string() : "'" + text + "' is not a number from 0 to 999999999";
      });
}

void CommandLine::list(const std::string& names, std::vector<std::string>& values,
                       const std::string& help) {
  impl_->app.add_option(names, values, help)
      ->expected(1)
      ->allow_extra_args(false)  // what follows the value is the next argument
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void CommandLine::flag(const std::string& names, bool& value, const std::string& help) {
  impl_->app.add_flag(names, value, help);
}

std::optional<int> CommandLine::parse(const std::vector<std::string>& arguments) {
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    impl_->app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    print(impl_->app.help());
    return 0;
  } catch (const CLI::ParseError& error) {
    print_error({ErrorKind::InvalidInput, printable(error.what(), 300),
                 "see 'signalbox " + impl_->app.get_name() + " --help'"});
    return exit_code(ErrorKind::InvalidInput);
  }
  return std::nullopt;
}

}  // namespace signalbox::cli
