export const help = {
  help: {
    window: [
      'A card is read as soon as it lies on the reader. The citizen is on the left, the history in the middle, what can be done now on the right.',
      'The holder checks name and photo on the citizen window first: F9 if all is right, F7 if something is wrong. F4 and F6 ask, F9 confirms: never the same key.',
      'When interrupted press F10 to suspend; F3 or the card brings the case back. Offline everything goes on and is marked as not yet confirmed.',
    ],
    cases: ['Enter a case number or choose a suspended case and press Enter. A half-written correction comes back with it.'],
    collective: [
      "Read the card of the institution's agent, press F2, choose the institution, then the roster of the centre or a list. Everybody is looked up and named with what fits or why not.",
      'Scan the list of consents once and press F9 to issue to everybody who may have a code. Nothing is lost when the line, the screen or the power goes; nobody gets two codes.',
      'Sheets print in the order of the list, one, four or eight to the page or as cards. Each person signs on the hand-over list; spoilt sheets are noted and printed again.',
    ],
    visits: [
      'Before leaving: add people by number (F2), from today or from a roster, say how many blank sheets you take, and press F9. The kit is sealed, lasts 24 hours at most, and is wiped when it ends.',
      'There: serve as always without a line. After the card is read, record, photo and codes come from this desk; new codes say that they are to be confirmed.',
      'Back: stay online until the centre has answered everything, count the unused sheets, press F9 to return the kit, then print and sign the report. While a kit is overdue no codes are issued offline.',
    ],
    corrections: [
      'On top: what kiosks and the portal have filed. Below: the corrections of this desk. They also show when the card is read.',
      'Only name and photo can be corrected here. For number, sex or birth date send the citizen to the police registry with a notice.',
      'What you type is saved at once and survives a lock or a power cut.',
    ],
    approvals: [
      'Sorted by age and risk, one at a time. What changes is on the left, its evidence on the right; PgDn shows the next piece. Then 1 approves and 2 sends back, both with your password.',
      'Nobody approves their own correction.',
    ],
    queue: [
      'Each operation of this desk: to be sent, received, confirmed, conflict, rejected; why, and what to do.',
      'In a long outage a supervisor can export an encrypted file and import it at another window.',
    ],
    calls: ['Citizens who left a phone number, and about whom something was decided after they had gone. Show the number, call, and note the outcome. Once told, a citizen leaves the list.'],
    conflicts: ['Where the centre decided otherwise: both sides and the rule. Contact the holder, print the notice, write down the outcome, then close it.'],
    verify: ['Scan a sheet or choose a picture file. The answer is masked and watermarked. A code alone is no right of entry.'],
    journal: ['Cases, prints, spoilt sheets, corrections and open items of the day. Print the report and sign it before the handover.'],
    board: [
      '“Now” lists the windows of this centre: who is there, what waits to be sent, conflicts, devices, spoilt sheets. Every line under “Needs attention” can be opened.',
      '“Figures” counts by channel, window, person, service and hour of a day, week or month, and why operations were refused or records corrected. A number leads to its cases; F8 exports.',
      'Without the centre the board shows what it was last, and when that was. It never shows another centre.',
    ],
    devices: [
      'State and last error of each device. The test reads a card, prints a page, takes a picture or waits for a scan.',
      'The report for support (F8) is shown whole before it is saved, and has nothing about citizens.',
    ],
    settings: ["Devices, printer and layouts, retention; saving takes effect at once. The centre's address goes with the enrolment and is only shown."],
    accounts: [
      'Staff of the site, roles and locks. Five failures lock an account for 15 minutes; it can be unlocked here.',
      'F4 adds an account and F6 many from a CSV; Change disables, enables, gives roles, resets or moves one.',
      'Hand the activation code of a new account or a reset password to its person, who sets a password with it at the log-in screen.',
    ],
    audit: ['Who did what, when, with which outcome. Rows are chained: the check finds gaps and edits.'],
  },
}
