"""From jobs_import github-actions: read each comment, then delete it."""

# Steps that fetch code and install packages are not needed: a job runs where
# the project runs.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: It runs more than one command. Write a management
    # command that runs both, so that they succeed or fail together.
    # two:
    #   steps:
    #   - run: python manage.py first
    #   - run: python manage.py second
    # NOT CARRIED OVER: It runs more than one command. Write a management
    # command that runs both, so that they succeed or fail together.
    # 0 5 * * *: lines
    # python manage.py first
    # python manage.py second
    # NOT CARRIED OVER: It runs more than one command. Write a management
    # command that runs both, so that they succeed or fail together.
    # nonsense: lines
    # python manage.py first
    # python manage.py second
    # NOT CARRIED OVER: GitHub fills in ${{ }} at each run: let the command
    # read it from its settings.
    # 0 5 * * *: secret
    # python manage.py push --token ${{ secrets.TOKEN }}
    # NOT CARRIED OVER: GitHub fills in ${{ }} at each run: let the command
    # read it from its settings.
    # nonsense: secret
    # python manage.py push --token ${{ secrets.TOKEN }}
    # NOT CARRIED OVER: It runs no management command.
    # tests:
    #   runs-on: ubuntu-latest
    #   steps:
    #   - run: pytest
    #   - uses: actions/cache@v4
    # NOT CARRIED OVER: 'ssh' is not a management command: write one that does
    # its work, or leave it there.
    # 0 5 * * *: remote
    # ssh shop@example.com 'cd shop && ./manage.py sync'
    # NOT CARRIED OVER: 'ssh' is not a management command: write one that does
    # its work, or leave it there.
    # nonsense: remote
    # ssh shop@example.com 'cd shop && ./manage.py sync'
    # NOT CARRIED OVER: Its step is a program of python: make a management
    # command of it.
    # 0 5 * * *: program
    # import os; os.system('./manage.py sync')
    # NOT CARRIED OVER: Its step is a program of python: make a management
    # command of it.
    # nonsense: program
    # import os; os.system('./manage.py sync')
    # 0 5 * * *: matrix
    # ./manage.py sync
    # - It ran once for each member of its matrix; the job runs once.
    # - No command 'sync' is in this project: manage.py check will say so.
    Job("matrix", command="sync", schedule="0 5 * * *", timezone="UTC"),
    # NOT CARRIED OVER: Schedule "nonsense" has 1 fields, not five. Write
    # minute hour day-of-month month day-of-week; there are no seconds.
    # nonsense: matrix
    # ./manage.py sync
    # 0 5 * * *: good
    # python manage.py good
    # - No command 'good' is in this project: manage.py check will say so.
    Job("good", schedule="0 5 * * *", timezone="UTC"),
    # NOT CARRIED OVER: Schedule "nonsense" has 1 fields, not five. Write
    # minute hour day-of-month month day-of-week; there are no seconds.
    # nonsense: good
    # python manage.py good
]
