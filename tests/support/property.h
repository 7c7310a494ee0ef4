// RC_GTEST_PROP for a test named by a sentence.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

// PROPERTY(suite, sentence) { ... RC_ASSERT(...) ... }
#define PROPERTY(suite, sentence)                        \
  static void sentence##_holds();                        \
  TEST(suite, sentence) {                                \
    EXPECT_TRUE(rc::check(#sentence, sentence##_holds)); \
  }                                                      \
  static void sentence##_holds()
