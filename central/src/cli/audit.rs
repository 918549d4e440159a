//! `audit`: shows that log and tables agree (D3).

mod archives;

use super::{CommandContext, say};
use crate::{
    audit::{
        AuditKey,
        verify::{AccountFacts, DeskCheck, Facts, Findings, KeptOperation, Place, Statements, TreeCheck},
    },
    store::postgres::Snapshot,
};
use anyhow::{Context as _, bail};
use archives::ArchiveReader;
use clap::Subcommand;
use rules::{
    DeviceNumber,
    audit::TreeHead,
    correction::Digest,
    issuing::{Issued, Trust},
    keys::{DeskKey, KeyId},
    op::CitizenRef,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// Registry records compared at a time.
const PEOPLE: usize = 5_000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Compute tree, signatures and states again, and print every row that differs.
    Verify {
        /// File with a signed head that a witness holds, as JSON; repeat for several.
        #[arg(long)]
        held: Vec<PathBuf>,
        /// Folder of the archives: what was dropped from the log is read from there. Without it,
        /// only what stays of those months is compared.
        #[arg(long, value_name = "FOLDER")]
        archive: Option<PathBuf>,
    },
}

pub(super) async fn run(context: &CommandContext<'_>, command: AuditCommand) -> anyhow::Result<()> {
    let AuditCommand::Verify { held, archive } = command;
    let CommandContext { keys, store, .. } = context;
    let (trust, key) = (keys.trust.clone(), AuditKey::derive(&keys.token));
    let held = held.iter().map(|file| read_head(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut snapshot = store.snapshot().await?;
    let facts = Facts::new((trust.clone(), keys.class), *keys.index);
    let archives = ArchiveReader::default();
    let mut audit = Audit { key, trust, findings: Findings::default(), facts, archives };
    let leaves = audit.tree(&mut snapshot, held).await?;
    if let Some(folder) = &archive {
        audit.archives = ArchiveReader::open(folder, &audit.trust, &mut audit.facts, &mut audit.findings);
    }
    let accounts = audit.accounts(&mut snapshot).await?;
    let operations = audit.desks(&mut snapshot, &accounts).await?;
    audit.tables(&mut snapshot).await?;
    snapshot.end().await?;
    for finding in audit.findings.all() {
        say(format_args!("{finding}"))?;
    }
    match audit.findings.all().len() {
        0 => {
            let Operations { read, marks } = operations;
            if marks > 0 {
                say(format_args!("{marks} operations are archived and were not read: say --archive FOLDER"))?;
            }
            say(format_args!("{leaves} leaves and {read} operations: everything agrees"))
        }
        count => bail!("{count} rows differ"),
    }
}

fn read_head(file: &Path) -> anyhow::Result<Issued<TreeHead>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

struct Audit {
    key: AuditKey,
    trust: Trust,
    findings: Findings,
    facts: Facts,
    archives: ArchiveReader,
}

/// Number of operations that were checked.
#[derive(Default)]
struct Operations {
    read: usize,
    /// Of which only marks were there.
    marks: usize,
}

impl Audit {
    /// Reads the log. Returns the number of leaves.
    async fn tree(&mut self, snapshot: &mut Snapshot, held: Vec<Issued<TreeHead>>) -> anyhow::Result<u64> {
        let mut heads = snapshot.heads().await?;
        heads.extend(held);
        let mut tree = TreeCheck::new(&heads, &self.trust, &mut self.findings);
        let (mut next, mut count) = (0, 0);
        loop {
            let page = snapshot.leaves(next).await?;
            let Some(last) = page.last() else { break };
            next = last.position + 1;
            let mut nodes = Vec::new();
            for stored in &page {
                nodes.extend(tree.leaf(stored.position, &stored.leaf, &stored.hash, &mut self.findings));
                self.facts.take(Place::Leaf(stored.position), &stored.leaf, &mut self.findings);
                count += 1;
            }
            tree.nodes(&nodes, &snapshot.nodes(&nodes).await?, &mut self.findings);
        }
        tree.end(&mut self.findings);
        for event in snapshot.waiting(&self.key).await? {
            if event.is_sealed {
                self.facts.take(Place::Waiting, &event.leaf, &mut self.findings);
            } else {
                self.findings.add(format_args!("a waiting event ({}): not sealed here", event.leaf.kind));
            }
        }
        Ok(count)
    }

    /// Compares accounts and all their versions. Returns them: their keys prove what people did.
    async fn accounts(&mut self, snapshot: &mut Snapshot) -> anyhow::Result<AccountFacts> {
        let mut accounts = std::mem::take(&mut self.facts.accounts);
        for row in snapshot.versions(&self.key).await? {
            accounts.version(row, &self.trust, &mut self.findings);
        }
        accounts.end_versions(&mut self.findings);
        for row in snapshot.accounts(&self.key).await? {
            accounts.account(&row, &mut self.findings);
        }
        accounts.end_accounts(&mut self.findings);
        for row in snapshot.account_acts().await? {
            accounts.act(&row, &mut self.findings);
        }
        accounts.end_acts(&mut self.findings);
        Ok(accounts)
    }

    /// Checks every enrolment. Returns the number of operations.
    async fn desks(
        &mut self,
        snapshot: &mut Snapshot,
        accounts: &AccountFacts,
    ) -> anyhow::Result<Operations> {
        let keys = self.certified(snapshot).await?;
        let mut heads: BTreeMap<(DeviceNumber, u32), (u64, Digest)> = BTreeMap::new();
        for desk in snapshot.desks().await? {
            self.facts.keys.head(&desk, &mut self.findings);
            heads.insert((desk.device, desk.epoch), (desk.received_through, desk.last_hash));
        }
        let all: BTreeSet<(DeviceNumber, u32)> = heads.keys().copied().chain(self.facts.desks()).collect();
        let none = HashMap::new();
        let mut count = Operations::default();
        let mut of_device: Option<(DeviceNumber, Statements<'_>)> = None;
        for (device, epoch) in all {
            let statements = match of_device.take().filter(|(of, _)| *of == device) {
                Some((_, statements)) => statements,
                None => {
                    Statements::new(device, snapshot.sessions(device).await?, accounts, &mut self.findings)
                }
            };
            let mut stored = snapshot.batch_proofs(device, epoch).await?;
            stored.extend(self.archives.batches((device, epoch), &mut self.findings));
            let keys = keys.get(&(device, epoch)).unwrap_or(&none);
            let mut desk = DeskCheck::new((device, epoch), keys, stored, &mut self.facts, &mut self.findings);
            let mut after = 0;
            loop {
                let page = snapshot.operations(device, epoch, after).await?;
                let Some(last) = page.last() else { break };
                after = last.seq;
                for row in page {
                    let row =
                        self.archives.fill((device, epoch), row, &mut self.facts.months, &mut self.findings);
                    match row.kept {
                        KeptOperation::Whole { .. } => count.read += 1,
                        KeptOperation::Mark(_) => count.marks += 1,
                    }
                    desk.operation(&row, &statements, &mut self.facts, &mut self.findings);
                }
            }
            let head = heads.get(&(device, epoch)).map(|(through, hash)| (*through, hash));
            desk.end(head, &mut self.facts, &mut self.findings);
            of_device = Some((device, statements));
        }
        std::mem::take(&mut self.archives).end(&mut self.findings);
        let partitions = snapshot.months().await?.into_iter().collect();
        self.facts.months.end(&partitions, &mut self.findings);
        for (device, epoch, seq) in snapshot.orphan_verdicts().await? {
            self.findings.add(format_args!("verdict {device}/{epoch}/{seq}: its operation is gone"));
        }
        Ok(count)
    }

    /// Checks desks and their certificates. Returns the keys that the centre certified, by
    /// enrolment.
    async fn certified(
        &mut self,
        snapshot: &mut Snapshot,
    ) -> anyhow::Result<BTreeMap<(DeviceNumber, u32), HashMap<KeyId, DeskKey>>> {
        let mut keys: BTreeMap<(DeviceNumber, u32), HashMap<KeyId, DeskKey>> = BTreeMap::new();
        for row in snapshot.certificates().await? {
            let certified = self.facts.keys.certificate(&row, &self.trust, &mut self.findings);
            if let Some(key) = certified {
                let of_desk = keys.entry((key.device, key.epoch)).or_default();
                of_desk.insert(key.public_key.key_id(), key);
            }
        }
        for desk in snapshot.devices().await? {
            self.facts.keys.desk(&desk, &mut self.findings);
        }
        self.facts.keys.end_certificates(&mut self.findings);
        Ok(keys)
    }

    /// Compares codes, registry records, decided reviews, channel acts and alarms.
    async fn tables(&mut self, snapshot: &mut Snapshot) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = snapshot.codes(after.as_ref()).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for ((bucket, serial), row) in &page {
                match row {
                    Some(row) => self.facts.code(row, &mut self.findings),
                    None => self.findings.add(format_args!(
                        "code {} in bucket {bucket}: cannot be read",
                        rules::hex::encode(serial)
                    )),
                }
            }
        }
        self.facts.end_codes(&mut self.findings);
        let mut after: Option<CitizenRef> = None;
        loop {
            let page = snapshot.current_codes(after.as_ref()).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (citizen, serial) in &page {
                self.facts.current_code(citizen, *serial, &mut self.findings);
            }
        }
        self.facts.end_current_codes(&mut self.findings);
        let people: Vec<CitizenRef> = self.facts.people().cloned().collect();
        for some in people.chunks(PEOPLE) {
            for row in snapshot.people(&self.key, some).await? {
                self.facts.person(&row, &mut self.findings);
            }
        }
        self.facts.end_people(&mut self.findings);
        let (reviews, unreadable) = snapshot.reviews().await?;
        if unreadable > 0 {
            self.findings.add(format_args!("{unreadable} decisions in review cannot be read"));
        }
        self.facts.reviews(&reviews, &mut self.findings);
        for (id, action, citizen) in snapshot.channel_acts().await? {
            self.facts.channel_act(id, &action, &citizen, &mut self.findings);
        }
        self.facts.end(&snapshot.alarms().await?, &mut self.findings);
        Ok(())
    }
}
