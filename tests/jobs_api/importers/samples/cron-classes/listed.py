CLASSES = "samples_of_cron_classes."
CRON_CLASSES = [CLASSES + "PollJob", CLASSES + "NightJob", CLASSES + "PayDay", CLASSES + "Workdays"]
