//! Answers that are wrong, and what each player makes of them.
