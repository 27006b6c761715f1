//! Rules of the club, as pure functions: no IO, no clock, no randomness.
