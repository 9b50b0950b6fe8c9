CLASSES = "samples_of_cron_classes."
CRON_CLASSES = [
    CLASSES + "Odd",
    CLASSES + "NoCode",
    CLASSES + "Missing",
    "no_such_module.Job",
    42,
    CLASSES + "PollJob",
]
