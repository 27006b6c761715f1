//! The server: its router in process, with callers as types and pages parsed; and the program on a real socket.

mod api;
mod card;
mod chores;
mod club;
mod desk;
mod kiosk;
mod documented;
mod doors;
mod pages;
mod routes;
mod set_up;
mod socket;
mod texts;
