//! E8–E10: persons who act for the holder.

use crate::support::{at_centre, day, name, number, offline, today};
use rules::{
    Policy, Refusal,
    agent::{Binding, check_agent},
    correction::Digest,
    eligibility::{Knowledge, eligibility},
    life::Now,
    op::{Agent, AgentRole},
    person::IdNumber,
};

fn agent(role: AgentRole, binding_verified: bool, proof: bool) -> Agent {
    Agent {
        role,
        number: number(day(1985, 3, 3)),
        name: name("李四"),
        binding_verified,
        proof: if proof { vec![Digest::of(b"household book")] } else { Vec::new() },
        consent: role == AgentRole::Guardian,
    }
}

fn child() -> IdNumber {
    number(day(2020, 5, 5))
}

fn checked(agent: &Agent, holder: &IdNumber, now: &Now) -> Result<Binding, Refusal> {
    check_agent(agent, holder, now.at.day(), &now.vantage, &Policy::default())
}

#[test]
fn e9_online_a_relative_must_be_bound_in_the_registry() {
    let (here, away) = (at_centre(today()), offline(today()));
    for now in [&here, &away] {
        assert_eq!(checked(&agent(AgentRole::Relative, true, false), &child(), now), Ok(Binding::Verified));
        assert_eq!(
            checked(&agent(AgentRole::Relative, false, false), &child(), now),
            Err(Refusal::AgentNotBound)
        );
    }
}

#[test]
fn e9_offline_scanned_proof_is_accepted_as_unverified() {
    let relative = agent(AgentRole::Relative, false, true);
    assert_eq!(checked(&relative, &child(), &offline(today())), Ok(Binding::Unverified));
    assert_eq!(checked(&relative, &child(), &at_centre(today())), Err(Refusal::AgentNotBound));
}

#[test]
fn e8_a_guardian_may_rely_on_proof_but_must_be_of_age() {
    let now = at_centre(today());
    assert_eq!(checked(&agent(AgentRole::Guardian, false, true), &child(), &now), Ok(Binding::Unverified));
    assert_eq!(checked(&agent(AgentRole::Guardian, true, false), &child(), &now), Ok(Binding::Verified));
    assert_eq!(
        checked(&agent(AgentRole::Guardian, false, false), &child(), &now),
        Err(Refusal::AgentNotBound)
    );
    for (birth, expected) in
        [(day(2008, 1, 2), Err(Refusal::GuardianNeeded)), (day(2008, 1, 1), Ok(Binding::Verified))]
    {
        let young = Agent { number: number(birth), ..agent(AgentRole::Guardian, true, false) };
        assert_eq!(checked(&young, &child(), &now), expected);
    }
    let young_relative = Agent { number: number(day(2009, 1, 1)), ..agent(AgentRole::Relative, true, false) };
    assert_eq!(checked(&young_relative, &child(), &now), Ok(Binding::Verified));
}

#[test]
fn e9_online_only_the_guardian_of_a_child_may_rely_on_proof() {
    let now = at_centre(today());
    let shown = agent(AgentRole::Guardian, false, true);
    for (birth, expected) in
        [(day(2012, 1, 2), Ok(Binding::Unverified)), (day(2012, 1, 1), Err(Refusal::AgentNotBound))]
    {
        assert_eq!(checked(&shown, &number(birth), &now), expected, "fourteen today or tomorrow");
    }
    let aged = number(day(1950, 1, 1));
    assert_eq!(checked(&shown, &aged, &now), Err(Refusal::AgentNotBound));
    assert_eq!(checked(&shown, &aged, &offline(today())), Ok(Binding::Unverified));
    assert_eq!(checked(&agent(AgentRole::Guardian, true, false), &aged, &now), Ok(Binding::Verified));
}

#[test]
fn e8_a_guardian_must_have_agreed() {
    let now = at_centre(today());
    let silent = |role| Agent { consent: false, ..agent(role, true, true) };
    assert_eq!(checked(&silent(AgentRole::Guardian), &child(), &now), Err(Refusal::GuardianNeeded));
    assert_eq!(checked(&silent(AgentRole::Relative), &child(), &now), Ok(Binding::Verified));
}

#[test]
fn e10_agent_and_holder_must_be_two_people() {
    let now = at_centre(today());
    let own = |role, number| Agent { number, ..agent(role, true, true) };
    assert_eq!(checked(&own(AgentRole::Guardian, child()), &child(), &now), Err(Refusal::GuardianNeeded));
    assert_eq!(checked(&own(AgentRole::Relative, child()), &child(), &now), Err(Refusal::AgentNotBound));
    let old = IdNumber::parse("310105491231002").unwrap();
    let modern = IdNumber::parse(&old.modern()).unwrap();
    assert_eq!(checked(&own(AgentRole::Relative, modern), &old, &now), Err(Refusal::AgentNotBound));
}

#[test]
fn e10_only_the_holder_must_be_eligible() {
    // The agent is 40 and could hold no code; the holder is 70.
    let holder = number(day(1955, 1, 1));
    let agent = agent(AgentRole::Relative, true, false);
    let answer = |number| eligibility(number, &Knowledge::Nothing, today(), &Policy::default()).is_eligible();
    assert!(answer(&holder));
    assert!(!answer(&agent.number));
    assert_eq!(checked(&agent, &holder, &at_centre(today())), Ok(Binding::Verified));
}

#[test]
fn i5_an_institutions_agent_acts_for_its_roster_and_no_paper_takes_its_place() {
    let on_roster = agent(AgentRole::Institution, true, false);
    let with_paper = agent(AgentRole::Institution, false, true);
    for now in [at_centre(today()), offline(today())] {
        assert_eq!(checked(&on_roster, &child(), &now), Ok(Binding::Verified));
        assert_eq!(checked(&with_paper, &child(), &now), Err(Refusal::NotOnRoster));
    }
}
