//===- Matchers.h - Checking errors -----------------------------*- C++ -*-===//
//
// Part of the WAV compiler, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WAVRT_TEST_MATCHERS_H
#define WAVRT_TEST_MATCHERS_H

#include "wavrt/program.h"

#include <gtest/gtest.h>

/// `statement` throws an Error of one line with this code and this text in it.
#define EXPECT_ERROR(statement, expectedCode, text)                            \
  try {                                                                        \
    statement;                                                                 \
    ADD_FAILURE() << "no error from " #statement;                              \
  } catch (const wavrt::Error &error) {                                        \
    EXPECT_EQ(error.code, expectedCode);                                       \
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos)         \
        << error.what();                                                       \
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos)         \
        << error.what();                                                       \
  }

#endif // WAVRT_TEST_MATCHERS_H
