mod emission;
mod erlang;
mod golden;
mod laws;
mod paths;
mod settled;
mod six_contacts;
