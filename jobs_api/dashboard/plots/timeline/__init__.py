"""The timeline: all jobs as bars over a night or a week, past and to come.

`window` says which time is shown, `choices` which jobs; `reading` reads their slots, and `page` puts the plot
together: `axis` for all rows, `lanes` for each job, `crowd` for how many run at once. Places along the time
are thousandths of the plot's width: it is as wide as the page lets it.
"""
