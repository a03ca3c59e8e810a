//! Groups of firms that share owners, directly or through others.
//!
//! Self-match prevention lets an order of one firm take back what another firm of its owner has reserved. So what one of them
//! has in flight decides what another may enter: they wait for each other.

use protocol::Mpid;

use super::{Admission, Firm};
use crate::command::{FirmId, PortId};

impl Admission {
    /// The first of the firms that the firm of a port shares owners with.
    pub fn group_of(&self, port: PortId) -> FirmId {
        self.firms[usize::from(self.port(port).defined.firm.0)].group
    }

    /// Notes that a command may release what other ports of the same owner hold.
    pub(super) fn note_owner(&mut self, port: PortId, sequence: u64) {
        let group = self.group_of(port);
        self.firms[usize::from(group.0)].released_from_outside = sequence;
    }

    /// Joins the group of a firm with those of the firms before it that share an owner with it.
    pub(super) fn join(&mut self, index: usize) {
        for other in 0..index {
            let (firm, earlier) = (&self.firms[index], &self.firms[other]);
            if firm.group == earlier.group || !firm.shares_owner(earlier) {
                continue;
            }
            let (first, second) = (firm.group.min(earlier.group), firm.group.max(earlier.group));
            let released = self.firms[usize::from(second.0)].released_from_outside;
            let first_firm = &mut self.firms[usize::from(first.0)];
            first_firm.released_from_outside = first_firm.released_from_outside.max(released);
            let joining = self.firms.iter_mut().filter(|firm| firm.group == second);
            joining.for_each(|firm| firm.group = first);
        }
    }

    /// Groups all firms again, by the names that they have now.
    pub(super) fn group_anew(&mut self) {
        for index in 0..self.firms.len() {
            // What a group waits for, all its parts wait for.
            let group = usize::from(self.firms[index].group.0);
            self.firms[index].released_from_outside = self.firms[group].released_from_outside;
        }
        for (id, firm) in (0..).zip(&mut self.firms) {
            firm.group = FirmId(id);
        }
        (0..self.firms.len()).for_each(|index| self.join(index));
    }
}

impl Firm {
    fn shares_owner(&self, other: &Self) -> bool {
        let same = |name: Mpid, other: Mpid| !name.is_blank() && name == other;
        same(self.organization, other.organization) || same(self.affiliate, other.affiliate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, FirmDefined, Limits};

    #[test]
    fn firms_are_of_one_group_when_a_chain_of_owners_joins_them() {
        let mut admission = Admission::default();
        let mut define = |id: u8, organization: &[u8; 4], affiliate: &[u8; 4]| {
            let mpid = Mpid([b'A' + id, b' ', b' ', b' ']);
            let (id, limits) = (FirmId(id.into()), Limits::NONE);
            let (organization, affiliate) = (Mpid(*organization), Mpid(*affiliate));
            let firm = FirmDefined { id, mpid, limits, organization, affiliate };
            admission.logged(1, 0, &Command::FirmDefined(firm));
            admission.firms.iter().map(|firm| firm.group.0).collect::<Vec<_>>()
        };
        define(0, b"ONE ", b"    ");
        define(1, b"    ", b"    ");
        define(2, b"TWO ", b"HOLD");
        assert_eq!(define(3, b"    ", b"ONE "), [0, 1, 2, 3], "an affiliate is no organization");
        assert_eq!(define(4, b"ONE ", b"HOLD"), [0, 1, 0, 3, 0]);
        assert_eq!(define(4, b"    ", b"HOLD"), [0, 1, 2, 3, 2]);
    }

    #[test]
    fn a_group_that_is_parted_still_waits_for_what_it_had_in_flight() {
        let mut admission = Admission::default();
        let firm = |id: u16, organization| FirmDefined {
            id: FirmId(id),
            mpid: Mpid(*b"ALFA"),
            limits: Limits::NONE,
            organization: Mpid(organization),
            affiliate: Mpid::BLANK,
        };
        for id in 0..3 {
            admission.logged(1, 0, &Command::FirmDefined(firm(id, *b"ONE ")));
        }
        admission.firms[0].released_from_outside = 7;
        admission.logged(8, 0, &Command::FirmDefined(firm(0, *b"TWO ")));
        let waits = admission.firms.iter().map(|firm| (firm.group.0, firm.released_from_outside));
        assert_eq!(waits.collect::<Vec<_>>(), [(0, 7), (1, 7), (1, 7)]);
    }
}
