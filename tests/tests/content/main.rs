//! What there is to publish: each resource over HTTP, and what all of them have in common.

mod articles;
mod attendees;
mod bad_input;
mod categories;
mod events;
mod locales;
mod media;
mod organisations;
mod pages;
mod people;
mod seed_page;
mod site;
mod speeches;
mod tags;
