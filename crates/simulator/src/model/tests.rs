mod emission;
mod erlang;
mod golden;
mod laws;
mod paths;
mod six_contacts;
