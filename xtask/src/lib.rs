//! House-keeping, run by the tests.
