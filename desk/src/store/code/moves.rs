//! What a desk knows of a code's state, and where it has it from. Without a database:
//! [`super::state`] keeps it in rows, the log of the simulation in a map.

use rules::life::CodeState;

/// A code's state by its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moves {
    /// What it was when it was first written down here, moved by everything the centre has told of
    /// it since. It only moves towards the end, so what the centre has ended stays ended in
    /// whichever order its words arrive.
    pub base: CodeState,
    /// Operations of this desk by number, each with what the code becomes by it: those that wait,
    /// and those applied of which the centre has not told what came of them.
    pub operations: Vec<(i64, CodeState)>,
}

impl Moves {
    /// Returns the state of the code.
    pub fn state(&self) -> CodeState {
        self.operations.iter().fold(self.base, |state, (_, becomes)| state.moved_to(*becomes))
    }

    /// Takes in the centre's state of the code. Where two ends differ, the centre's is right.
    pub const fn tell(&mut self, word: CodeState) {
        self.base = word.moved_to(self.base);
    }
}
