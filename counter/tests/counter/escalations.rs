//! What a kiosk or the portal filed is answered for its citizen and for nobody else.

use super::*;
use fixture::heard;
use rules::wire::{Change, Channel, Escalation};
use uuid::Uuid;

#[tokio::test]
async fn an_escalation_opens_a_correction_for_its_citizen_only_and_for_its_field_only() {
    let bench = Bench::told_of_escalation().await;
    bench.log_in(CLERK).await;
    let escalation = bench.counter.correction.escalations().await.unwrap()[0].id.clone();
    let open = async |field| bench.counter.correction.open(field, Some(escalation.clone())).await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "no_citizen");

    bench.serve(&senior(2)).await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "escalation_of_another");
    assert_eq!(bench.settled().await.case_number, None, "nothing was begun");
    // Nor is the correction shown that they began themselves.
    bench.begin_correction().await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "escalation_of_another");

    bench.lift().await;
    bench.serve(&senior(1)).await;
    assert_eq!(open(Field::Photo).await.unwrap_err().code, "escalation_of_another");
    open(Field::Name).await.unwrap();
}

impl Bench {
    /// A counter that was told of an escalation of the first senior's name.
    async fn told_of_escalation() -> Self {
        let fixture = Self::staffed().await;
        let filed = Escalation {
            id: Uuid::from_u128(7),
            number: senior(1),
            masked_name: "张**".to_owned(),
            field: Field::Name,
            channel: Channel::Kiosk,
            at: fixture.desk.read_clock().at,
            remark: None,
            closed: false,
        };
        fixture.centre.mind().changes.push(Change::Escalation(Box::new(filed)));
        heard(&fixture).await;
        let mut bench = Self::of(fixture).await;
        bench.centre.stop().await;
        bench
    }
}
