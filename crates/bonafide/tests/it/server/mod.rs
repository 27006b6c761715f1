//! The server: its router in process, with callers as types and pages parsed; and the program on a real socket.

mod api;
mod card;
mod club;
mod desk;
mod devices;
mod doors;
mod inside;
mod member;
mod pages;
mod routes;
mod set_up;
mod socket;
mod staff;
mod texts;
