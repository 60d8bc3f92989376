//! A city in a test.
