//! How customers are reached: numbers and addresses that are nobody's.

use switchboard_core::phone::PhoneNumber;

use super::{
    contact::Contact,
    terms::{Channel, Customer, LegRole},
};
use crate::fixtures;

impl Customer {
    /// The telephone number, of the ranges that Australia keeps free for fiction: 5550 and 7010 in four areas.
    pub fn telephone(self) -> String {
        let area = ["2", "3", "7", "8"].get(self.number as usize / 10_000 % 4).copied().unwrap_or("2");
        let range = if (self.number / 40_000).is_multiple_of(2) { "5550" } else { "7010" };
        format!("+61{area}{range}{:04}", self.number % 10_000)
    }

    /// The number of the customer among those that are given; the same customer has the same.
    pub(super) fn one_of(self, callers: &[PhoneNumber]) -> Option<&PhoneNumber> {
        callers.get((self.number as usize).checked_rem(callers.len())?)
    }

    /// The e-mail address.
    pub fn email(self) -> String {
        format!("customer{}@example.org", self.number)
    }
}

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Telephone,
    Email,
}

impl Contact {
    /// Where the customer is reached, or who else is at the other end, as the contact's record has it; [`None`] for chats
    /// and tasks.
    pub fn customer_address(&self) -> Option<String> {
        self.customer_endpoint().map(|(address, _)| address)
    }

    pub(super) fn customer_endpoint(&self) -> Option<(String, Reach)> {
        match self.channel {
            Channel::Voice if self.role == LegRole::ThirdParty => {
                Some((fixtures::PARTNER_NUMBER.to_owned(), Reach::Telephone))
            }
            Channel::Voice if self.customer.is_withheld => Some(("anonymous".to_owned(), Reach::Telephone)),
            Channel::Voice => {
                let given = self.caller.as_ref().map(|caller| caller.as_str().to_owned());
                Some((given.unwrap_or_else(|| self.customer.telephone()), Reach::Telephone))
            }
            Channel::Email => Some((self.customer.email(), Reach::Email)),
            Channel::Chat | Channel::Task => None,
        }
    }
}
