//! How customers are reached: numbers and addresses that are nobody's.

use super::{
    contact::Contact,
    terms::{Channel, Customer},
};

impl Customer {
    /// The telephone number, of the ranges that Australia keeps free for fiction: 5550 and 7010 in four areas.
    pub fn telephone(self) -> String {
        let area = ["2", "3", "7", "8"].get(self.number as usize / 10_000 % 4).copied().unwrap_or("2");
        let range = if (self.number / 40_000).is_multiple_of(2) { "5550" } else { "7010" };
        format!("+61{area}{range}{:04}", self.number % 10_000)
    }

    /// The e-mail address.
    pub fn email(self) -> String {
        format!("customer{}@example.org", self.number)
    }
}

impl Contact {
    /// Where the customer is reached, as the contact's record has it; [`None`] for chats and tasks.
    pub fn customer_address(&self) -> Option<String> {
        match self.channel {
            Channel::Voice if self.customer.is_withheld => Some("anonymous".to_owned()),
            Channel::Voice => Some(self.customer.telephone()),
            Channel::Email => Some(self.customer.email()),
            Channel::Chat | Channel::Task => None,
        }
    }
}
