//! `bonafide`: the one program.

fn main() {}
