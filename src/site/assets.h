// The page's program, style and icon, as web/ builds them, and the template of index.html: carried
// in the program.
#pragma once

#include <span>
#include <string_view>

namespace signalbox::site {

struct Asset {
  std::string_view path, bytes;
};

// app.js, app.css, favicon.svg
[[nodiscard]] std::span<const Asset> assets();

// index.html with <!--@TITLE-->, <!--@GENERATED-->, <!--@COUNTS-->, <!--@ROWS-->, <!--@MORE--> and
// <!--@SNAPSHOT--> where site/overview.cpp puts what it knows.
[[nodiscard]] std::string_view page_template();

}  // namespace signalbox::site
