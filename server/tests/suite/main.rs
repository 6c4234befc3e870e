//! The server as others meet it: over the wire, in-process or as the real binary.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod account_pages;
mod api_conversations;
mod api_manners;
mod api_parts;
mod cli_client;
mod cli_login;
mod cli_people;
mod cookies;
mod doctor;
mod doctor_postgres;
mod documents;
mod door;
mod gate;
mod http;
mod import_common_room;
mod kill_loop;
mod leftovers;
mod pages;
mod previews;
mod program;
mod shutdown;
mod storm;
mod stream;
mod stream_words;
mod workshop;
mod ws;
