//! Look-ups of citizens name the case and what was shown (N-1).

use fixture::{Fixture, clerk, senior, view};
use rules::{Refusal, wire::LookUpProof};

#[tokio::test]
async fn n_1_a_look_up_names_the_case_that_its_citizen_gets() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let known = view(&senior(1), "王秀英");
    fixture.centre.mind().views.insert(known.number.clone(), known.clone());
    let looked_up = || fixture.centre.mind().looked_up.last().unwrap().clone();
    desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap();
    let first = looked_up();
    assert_eq!(first.proof, LookUpProof::Card);
    assert_eq!((first.case_number.site(), first.case_number.desk()), {
        let identity = desk.identity();
        (identity.site().as_str(), identity.desk_number)
    });
    // Looked at again, it is the same case; others come and get their own numbers.
    desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap();
    assert_eq!(looked_up(), first);
    let other = desk.case.open(&clerk(desk), None).await.unwrap();
    assert_ne!(other, first.case_number);
    let opened = desk.case.open(&clerk(desk), Some(&desk.citizen_ref(&known.number))).await.unwrap();
    assert_eq!(opened, first.case_number);
    desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap();
    assert_eq!(looked_up(), first, "the case is open");
    desk.case.close(&clerk(desk), opened.as_str()).await.unwrap();
    desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap();
    let second = looked_up().case_number;
    assert!(![&first.case_number, &other].contains(&&second), "a new case");
    desk.citizen.look_up(&clerk(desk), &senior(2)).await.unwrap();
    assert_ne!(looked_up().case_number, second, "never one number for two citizens");
}

#[tokio::test]
async fn n_1_a_clerk_hears_that_a_supervisor_must_release_them() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    fixture.centre.mind().look_up_refusal = Some(Refusal::LookUpBudgetUsed);
    let refused = desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap_err();
    assert_eq!(refused.code(), Refusal::LookUpBudgetUsed.code());
    fixture.centre.mind().look_up_refusal = None;
    desk.citizen.look_up(&clerk(desk), &senior(1)).await.unwrap();
}
