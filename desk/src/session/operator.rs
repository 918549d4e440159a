//! Who works at the desk, and how they show it.

use crate::{
    error::DeskError,
    signing::SessionKey,
    store::{
        audit::{Entry, Event},
        operation::{Author, NewOperation},
    },
};
use rules::{
    At, Refusal, Sensitive, StaffNumber,
    authority::Consent,
    correction::Actor,
    keys::SoftwareKey,
    op::OpBody,
    permission::{Duty, Role, permit},
    person::IdNumber,
    proof::{Confirmation, Proof},
};
use std::sync::Arc;
use uuid::Uuid;

/// Somebody who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Staff number (工号).
    pub staff: StaffNumber,
    /// Name that the status line shows.
    pub name: Sensitive<String>,
    /// What they may do (S5).
    pub roles: Vec<Role>,
    /// Session that what they do is done in.
    pub session: Arc<SessionKey>,
}

impl Operator {
    /// Checks that one of their roles allows a duty (S5).
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if none of their roles allows it.
    pub fn may(&self, duty: Duty) -> Result<(), Refusal> {
        permit(&self.roles, duty)
    }

    /// Returns the operation of something they do now.
    pub(crate) fn act(
        &self,
        idempotency_key: Option<String>,
        citizen: Option<IdNumber>,
        case_number: Option<&str>,
        body: OpBody,
    ) -> NewOperation {
        NewOperation {
            op_id: Uuid::now_v7(),
            idempotency_key,
            citizen,
            operator: self.staff.clone(),
            consent: None,
            proof: None,
            answer: None,
            case_number: case_number.map(str::to_owned),
            body,
        }
    }

    /// Returns the audit row of what they did.
    pub(crate) fn entry<'a>(
        &'a self,
        event: Event,
        case_number: Option<&'a str>,
        detail: &'a str,
    ) -> Entry<'a> {
        Entry { operator: &self.staff, event, outcome: "ok", case_number, detail }
    }

    /// Returns them as the rules of corrections know them.
    pub fn actor(&self) -> Actor {
        Actor { staff: self.staff.clone(), roles: self.roles.clone() }
    }
}

/// Who checked the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedBy {
    /// The centre, now.
    Centre,
    /// This desk, with what the centre told it earlier.
    Desk {
        /// Until when that still counts.
        until: At,
    },
}

/// A successful login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who logged in.
    pub operator: Operator,
    /// Who checked the password.
    pub checked_by: CheckedBy,
}

/// Somebody who has just given their password again, with their own key opened by it. Made only by
/// [`super::Sessions::reauthenticate`]; signs one act and is gone.
#[derive(Debug)]
pub struct Reauthenticated {
    pub(super) operator: Operator,
    pub(super) key: SoftwareKey,
}

impl Reauthenticated {
    /// Returns who it is. They act in the session of who is logged in.
    pub const fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Signs an act of theirs (A4).
    pub(crate) fn sign(self, new: &mut NewOperation, author: Author) -> Result<(), DeskError> {
        let about = (new.op_id, author.device, self.operator.session.id());
        let consent = Consent::sign(about, &new.operator, &new.body, &self.key);
        new.consent = Some(consent.map_err(|_| DeskError::ReauthenticationNeeded)?);
        Ok(())
    }

    /// Confirms what a clerk does on a document (I4).
    pub(crate) fn confirm(self, new: &mut NewOperation, author: Author) -> Result<(), DeskError> {
        let supervisor = &self.operator.staff;
        if *supervisor == new.operator {
            return Err(Refusal::SamePerson.into());
        }
        self.operator.may(Duty::Approve)?;
        let Some(proof) = new.proof.as_deref_mut() else { return Err(Refusal::ProofMissing.into()) };
        let about = (new.op_id, author.device, self.operator.session.id());
        let people = (&new.operator, supervisor);
        let made = Confirmation::sign(about, people, &new.body, proof, &self.key)
            .map_err(|_| DeskError::ReauthenticationNeeded)?;
        if let Proof::Document { confirmed, .. } = proof {
            *confirmed = Some(Box::new(made));
        }
        Ok(())
    }
}

/// Credentials for a login.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who logs in, as typed.
    pub staff: StaffNumber,
    /// What they typed as password.
    pub password: Sensitive<String>,
    /// One-time code, where set.
    pub second_factor: Option<Sensitive<String>>,
}
