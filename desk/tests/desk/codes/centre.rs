//! The centre of a course: what it decides, tells and shows.

use super::two_desks::log;
use super::{
    city::{FIRST_DEVICE, SITES},
    course::Course,
};
use central::machine::{
    apply,
    channel::{self, Asking, Request},
    citizen::Effect,
    decision::{Announcement, Audience, DecisionContext},
    people::SiteOperator,
    program::Programs,
    receipt::receipt,
};
use desk::{clock::Clock, sync::log::Log};
use fixture::{SUPERVISOR_ROLES, centre::verified, record, view};
use rules::{
    DeviceNumber, SiteCode,
    authority::StaffRecord,
    correction::Digest,
    life::{CodeState, Serial},
    op::{OpBody, Operation},
    payload::{SignedSymbol, encode},
    permission::Role,
    wire::{Change, Channel, CitizenView, Receipt, Verdict},
};
use std::collections::HashMap;

impl Course<'_> {
    /// The centre takes and decides what a desk has not sent yet.
    pub(super) async fn push(&mut self, at: usize) {
        let log = log(&self.city.desk(at));
        let Some(batch) = log.batch(self.heard[at].taken + 1, 200).await.unwrap() else { return };
        for operation in batch.batch.ops {
            self.heard[at].taken = operation.seq;
            let verdict = self.decide(&operation, SITES[at]);
            let Operation { device, epoch, seq, hash, .. } = operation;
            let receipt = receipt(device, epoch, seq, hash, verdict, self.city.clock.wall());
            self.heard[at].receipts.push((receipt, self.views.len() - 1));
        }
        log.record_received(self.heard[at].taken).await.unwrap();
    }

    pub(super) fn decide(&mut self, operation: &Operation, site: &str) -> Verdict {
        assert_eq!(operation.citizen.as_ref(), Some(&self.number));
        let number = operation.operator.as_str();
        let roles: &[Role] = if number == "2001" { &SUPERVISOR_ROLES } else { &[Role::Clerk] };
        let account = StaffRecord { site: site.parse().unwrap(), ..record(number, roles) };
        let operator = SiteOperator { number: operation.operator.clone(), versions: vec![account.clone()] };
        let evidence = [&b"live photo"[..], b"chip photo"].map(Digest::of).into_iter().collect();
        let window = &self.city.windows[(operation.device.0 - FIRST_DEVICE) as usize];
        let signing_key = window.desk.key();
        let log_ins = HashMap::new();
        let sites = (FIRST_DEVICE..).map(DeviceNumber).zip(SITES.iter().map(|site| site.parse().unwrap()));
        let sites: HashMap<DeviceNumber, SiteCode> = sites.collect();
        let setting = DecisionContext {
            operation,
            previous: None,
            received_at: self.city.clock.wall(),
            site: Some(&account.site),
            sites: &sites,
            operator: Some(&operator),
            supervisor: None,
            unproven: None,
            rosters: &[],
            evidence: &evidence,
            log_ins: &log_ins,
            serial_taken: false,
            signing_key: Some(&signing_key),
            programs: &Programs::default(),
            rulebook: &self.rulebook,
        };
        let decision = apply::decide(&mut self.citizen, &setting);
        let ended = decision.effects.iter().filter_map(|effect| match effect {
            Effect::CodeState(serial, state) => Some((*serial, *state)),
            _ => None,
        });
        self.ended_by.insert((operation.device, operation.seq), ended.collect());
        self.announce(decision.announcements);
        self.remember_view();
        decision.verdict
    }

    pub(super) fn portal(&mut self, request: &Request) {
        let acting = self.citizen.person.clone().unwrap();
        let acting_ref = self.citizen.citizen_ref.clone();
        let asking = Asking {
            acting: &acting,
            acting_ref: &acting_ref,
            channel: Channel::Portal,
            site: &SITES[0].parse().unwrap(),
            at: self.city.clock.wall(),
            rulebook: &self.rulebook,
        };
        if let Ok((decision, serial)) = channel::decide(&mut self.citizen, request, &asking) {
            if let Some(serial) = serial {
                self.sign(serial);
            }
            self.announce(decision.announcements);
            self.remember_view();
        }
    }

    /// Signs the symbol of a code that no desk issued.
    pub(super) fn sign(&mut self, serial: Serial) {
        let person = self.citizen.person.as_ref().unwrap();
        let issued = self.citizen.code(serial).unwrap();
        if issued.symbol.is_none() {
            let claims = self.rulebook.claims(&issued.code, &person.name, &person.number);
            let symbol = SignedSymbol::of(&encode(&claims, &self.city.root).unwrap()).unwrap();
            self.citizen.keep_symbol(serial, symbol);
        }
    }

    pub(super) fn announce(&mut self, announcements: Vec<Announcement>) {
        for Announcement { audience, change } in announcements {
            let site = match audience {
                Audience::Site(site) => site,
                Audience::SiteOfDevice(device) => SITES[(device.0 - FIRST_DEVICE) as usize].parse().unwrap(),
                Audience::SiteOfEscalation(..) => continue,
            };
            self.news.push((site.to_string(), change));
        }
    }

    pub(super) fn remember_view(&mut self) {
        let person = self.citizen.person.as_ref().unwrap();
        let blank = view(&self.number, "张演练");
        self.views.push(CitizenView {
            version: person.version,
            photo: person.photo.clone(),
            codes: self.citizen.codes.iter().map(|issued| issued.code.clone()).collect(),
            symbol: self
                .citizen
                .live_code(self.city.clock.wall().day())
                .and_then(|issued| self.rulebook.symbol_of(issued, person)),
            issue_days: self.citizen.issue_days.keys().copied().collect(),
            corrections: self.citizen.corrections.iter().map(|record| record.correction.clone()).collect(),
            ..blank
        });
    }

    pub(super) async fn receive(&mut self, at: usize, count: usize) {
        let heard = &mut self.heard[at];
        let next = heard.receipts.iter().skip(heard.delivered).take(count);
        let next: Vec<Receipt> = next.map(|(receipt, _)| receipt.clone()).collect();
        heard.delivered += next.len();
        let log = log(&self.city.windows[at].desk);
        for receipt in &next {
            let sent = log.batch(receipt.seq, 1).await.unwrap().unwrap();
            match (&receipt.verdict, &sent.batch.ops[0].body) {
                (Verdict::Applied { .. }, _) => {
                    let by = (receipt.device, receipt.seq);
                    let ended = self.ended_by.get(&by).cloned().unwrap_or_default();
                    let moved = heard.moved.get(&receipt.seq).cloned().unwrap_or_default();
                    for (serial, state) in ended {
                        if moved.contains(&serial) {
                            heard.tell(serial, state);
                        }
                    }
                }
                (_, OpBody::Issue { serial, .. }) => heard.tell(*serial, CodeState::Voided),
                _ => {}
            }
        }
        self.deliver(at, next).await;
    }

    pub(super) async fn deliver(&self, at: usize, receipts: Vec<Receipt>) {
        let roll = verified([9; 32], receipts);
        let desk = &self.city.windows[at].desk;
        log(desk).record_receipts(&roll, &desk.read_clock()).await.unwrap();
    }

    pub(super) async fn hear(&mut self, at: usize, count: usize) {
        let (heard, desk) = (&mut self.heard[at], &self.city.windows[at].desk);
        let of_site =
            self.news.iter().filter(|(site, _)| site == SITES[at]).map(|(_, change)| change.clone());
        let next: Vec<Change> = of_site.skip(heard.news).take(count).collect();
        heard.news += next.len();
        for change in &next {
            if let Change::CodeChanged { code, .. } = change {
                heard.tell(code.serial, code.state);
            }
        }
        log(desk).record_changes(&next, heard.news as u64, &desk.read_clock()).await.unwrap();
    }
}
