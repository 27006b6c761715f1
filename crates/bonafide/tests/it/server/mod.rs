//! The server: its router in process, with callers as types and pages parsed; and the program on a real socket.

mod adapters;
mod api;
mod card;
mod chores;
mod club;
mod desk;
mod devices;
mod documented;
mod doors;
mod inside;
mod kiosk;
mod member;
mod pages;
mod provider;
mod routes;
mod set_up;
mod socket;
mod staff;
mod texts;
mod typed;
mod unwritable;
