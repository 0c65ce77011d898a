"""Models whose rows are the site's own: of no workspace, and seen by none."""

OF_THE_SITE = {
    *("Price", "PromoCode", "Reconciliation", "StripeEvent", "ClosedDay"),
    *("Announcement", "Dismissal", "JobRun", "StaffSession", "Switch"),
    *("Drain", "Figure", "Rule"),
}
