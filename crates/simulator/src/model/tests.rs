mod changes;
mod clock_skew;
mod emission;
mod erlang;
mod golden;
mod laws;
mod six_contacts;
