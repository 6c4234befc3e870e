//! The program `room`: what runs inside every sandbox.

fn main() {}
