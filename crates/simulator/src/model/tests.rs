mod erlang;
mod golden;
mod laws;
