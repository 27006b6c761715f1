//! The server: its router in process, with callers as types and pages parsed; and the program on a real socket.

mod adapters;
mod api;
mod card;
mod chores;
mod club;
mod consent_texts;
mod desk;
mod devices;
mod documented;
mod doors;
mod inside;
mod kiosk;
mod member;
mod pages;
mod plan_terms;
mod provider;
mod routes;
mod set_up;
mod sigur_points;
mod socket;
mod staff;
mod texts;
mod trial;
mod typed;
mod unwritable;
mod vendors;
