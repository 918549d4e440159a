//! Moves events into the tree, in one order, and signs its head.

use super::{newest_head, nodes, size};
use crate::{
    audit::AuditKey,
    store::{
        Result,
        postgres::{PgStore, Write, rows},
    },
};
use rules::{
    At,
    audit::{AuditLeaf, Frontier, TreeHead},
    correction::Digest,
    issuing::{Issued, Trust},
};
use sqlx::{FromRow, PgConnection};
use std::collections::HashSet;
use uuid::Uuid;

/// Lock of the process that appends; numbered after those of the published lists.
const LOCK: i64 = 0x5353_4d03;
/// Events appended in one transaction. After a storm one of them may be a megabyte.
const AT_A_TIME: i64 = 200;
/// Longest time without a newly signed head, in milliseconds. One head is kept for each such time.
const HEAD_EVERY_MS: i64 = 60_000;

const TAKE: &str = "
    DELETE FROM audit_event WHERE place IN (SELECT place FROM audit_event ORDER BY place LIMIT $1)
    RETURNING place, id, at, kind, body, seal";

const APPEND: &str = "
    INSERT INTO audit_leaf (position, id, at, kind, body, leaf_hash)
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[])";

const PUT_HEAD: &str = "
    INSERT INTO audit_head (minute, size, signed) VALUES ($1, $2, $3)
    ON CONFLICT (minute) DO UPDATE SET size = excluded.size, signed = excluded.signed";

/// Reason why nothing was appended: log and newest signed head do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Leaves are there and no head.
    #[error("the signed heads are gone")]
    NoHead,
    /// The head is not signed by this centre.
    #[error("the newest head is not signed by this centre")]
    Signature,
    /// There are fewer or more leaves than were signed.
    #[error("the log has another size than the newest signed head")]
    Size,
    /// The nodes give another root.
    #[error("the log has another root than the newest signed head")]
    Root,
}

/// What one turn of the sequencer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Number of new leaves.
    pub leaves: usize,
    /// Whether more events wait.
    pub more: bool,
    /// Head of the log, if this process had the lock.
    pub head: Option<TreeHead>,
    /// Kinds of events that were removed: without a right seal, or with a used identifier.
    pub refused: Vec<String>,
    /// Set if log and head do not belong together; nothing was changed then.
    pub broken: Option<Broken>,
}

impl Appended {
    const fn nothing(head: Option<TreeHead>, broken: Option<Broken>) -> Self {
        Self { leaves: 0, more: false, head, refused: Vec::new(), broken }
    }
}

#[derive(FromRow)]
struct EventRow {
    place: i64,
    id: Uuid,
    at: i64,
    kind: String,
    body: String,
    seal: Option<Vec<u8>>,
}

impl EventRow {
    fn leaf(&self) -> AuditLeaf {
        AuditLeaf { id: self.id, at: At(self.at), kind: self.kind.clone(), body: self.body.clone() }
    }
}

impl PgStore {
    /// Appends waiting events and signs the head, in one transaction. Does nothing while another
    /// process does it.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database or `sign` fails; nothing was
    /// changed then.
    pub async fn append_events(
        &self,
        trust: &Trust,
        now: At,
        sign: impl Fn(TreeHead) -> Result<Issued<TreeHead>> + Send,
    ) -> Result<Appended> {
        let mut write = Write::begin(self.pool()).await?;
        let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *write)
            .await?;
        if !is_ours {
            write.rollback().await?;
            return Ok(Appended::nothing(None, None));
        }
        let newest = newest_head(&mut write).await?;
        let mut frontier = match sound_frontier(&mut write, newest.as_ref(), trust).await? {
            Ok(frontier) => frontier,
            Err(broken) => {
                write.rollback().await?;
                return Ok(Appended::nothing(None, Some(broken)));
            }
        };
        let mut taken: Vec<EventRow> = sqlx::query_as(TAKE).bind(AT_A_TIME).fetch_all(&mut *write).await?;
        taken.sort_by_key(|event| event.place);
        let newest = newest.map(|head| head.value);
        let is_due = newest.as_ref().is_none_or(|head| now.since_ms(head.at) >= HEAD_EVERY_MS);
        if taken.is_empty() && !is_due {
            write.rollback().await?;
            return Ok(Appended::nothing(newest, None));
        }
        let more = i64::try_from(taken.len()).is_ok_and(|count| count == AT_A_TIME);
        let (leaves, refused) = check(&mut write, self.audit_key(), taken).await?;
        append(&mut write, &mut frontier, &leaves).await?;
        let head = TreeHead { size: frontier.size(), root: frontier.root(), at: now };
        sqlx::query(PUT_HEAD)
            .bind(now.0.div_euclid(HEAD_EVERY_MS))
            .bind(rows::large(head.size)?)
            .bind(rows::text(&sign(head.clone())?)?)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(Appended { leaves: leaves.len(), more, head: Some(head), refused, broken: None })
    }
}

/// Restores the frontier from the nodes, if it is the one that was signed last.
async fn sound_frontier(
    connection: &mut PgConnection,
    newest: Option<&Issued<TreeHead>>,
    trust: &Trust,
) -> Result<std::result::Result<Frontier, Broken>> {
    let size = size(connection).await?;
    let Some(newest) = newest else {
        return Ok(if size == 0 { Ok(Frontier::default()) } else { Err(Broken::NoHead) });
    };
    if newest.verify(trust).is_err() {
        return Ok(Err(Broken::Signature));
    }
    if newest.value.size != size {
        return Ok(Err(Broken::Size));
    }
    let wanted = Frontier::nodes(size);
    let known = nodes(connection, wanted.iter().copied()).await?;
    let peaks: Option<Vec<Digest>> = wanted.iter().map(|node| known.get(node).cloned()).collect();
    let frontier = peaks.and_then(|peaks| Frontier::restore(size, peaks));
    Ok(frontier.filter(|frontier| frontier.root() == newest.value.root).ok_or(Broken::Root))
}

/// Leaves out events that were not sealed here, and copies of earlier ones. Returns their kinds.
async fn check(
    connection: &mut PgConnection,
    key: Option<&AuditKey>,
    taken: Vec<EventRow>,
) -> Result<(Vec<AuditLeaf>, Vec<String>)> {
    let ids: Vec<Uuid> = taken.iter().map(|event| event.id).collect();
    let used: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM audit_leaf WHERE id = ANY($1)")
        .bind(&ids)
        .fetch_all(connection)
        .await?;
    let mut used: HashSet<Uuid> = used.into_iter().collect();
    let (mut leaves, mut refused) = (Vec::new(), Vec::new());
    for event in taken {
        let leaf = event.leaf();
        let is_sealed = key.is_some_and(|key| event.seal.as_deref() == Some(&key.seal(&leaf).0[..]));
        if is_sealed && used.insert(event.id) {
            leaves.push(leaf);
        } else {
            refused.push(event.kind);
        }
    }
    Ok((leaves, refused))
}

async fn append(connection: &mut PgConnection, frontier: &mut Frontier, leaves: &[AuditLeaf]) -> Result<()> {
    if leaves.is_empty() {
        return Ok(());
    }
    let (mut positions, mut hashes) = (Vec::new(), Vec::new());
    let (mut ids, mut inner) = (Vec::new(), Vec::new());
    for leaf in leaves {
        let hash = leaf.hash();
        positions.push(rows::large(frontier.size())?);
        hashes.push(hash.0.to_vec());
        for node in frontier.append(hash) {
            ids.push(rows::large(node.id)?);
            inner.push(node.hash.0.to_vec());
        }
    }
    let column = |text: fn(&AuditLeaf) -> &str| leaves.iter().map(text).collect::<Vec<&str>>();
    sqlx::query(APPEND)
        .bind(&positions)
        .bind(leaves.iter().map(|leaf| leaf.id).collect::<Vec<Uuid>>())
        .bind(leaves.iter().map(|leaf| leaf.at.0).collect::<Vec<i64>>())
        .bind(column(|leaf| &leaf.kind))
        .bind(column(|leaf| &leaf.body))
        .bind(&hashes)
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO audit_node (node, hash) SELECT * FROM unnest($1::bigint[], $2::bytea[])")
        .bind(&ids)
        .bind(&inner)
        .execute(connection)
        .await?;
    Ok(())
}
