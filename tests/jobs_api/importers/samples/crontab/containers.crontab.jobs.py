"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 3 * * * docker exec shop_web_1 python manage.py clearsessions
    # - Left out: docker exec shop_web_1.
    Job("clearsessions", schedule="0 3 * * *"),
    # 5 3 * * * docker exec -i -u www-data -e MODE=night shop_web_1 python /code/manage.py digest --all
    # - Left out: docker exec -i -u www-data -e MODE=night shop_web_1.
    # - No command 'digest' is in this project: manage.py check will say so.
    Job("digest", args=["--all"], schedule="5 3 * * *"),
    # 10 3 * * * cd /srv/shop && /usr/bin/docker compose -f docker-compose.prod.yml exec -T web python manage.py digest --weekly
    # - Left out: cd /srv/shop, /usr/bin/docker compose -f
    #   docker-compose.prod.yml exec -T web.
    # - 'digest' is the name of a job above.
    # - No command 'digest' is in this project: manage.py check will say so.
    Job(
        "digest_2",
        command="digest",
        args=["--weekly"],
        schedule="10 3 * * *",
    ),
    # 15 3 * * * cd /srv/shop && docker-compose run --rm web sh -c "python manage.py migrate_media && echo done"
    # - Left out: cd /srv/shop, docker-compose run --rm web, sh -c, && echo
    #   done.
    # - No command 'migrate_media' is in this project: manage.py check will say
    #   so.
    Job("migrate_media", schedule="15 3 * * *"),
    # 20 3 * * * docker run --rm --env-file /srv/shop/.env -v /srv/media:/media registry.example.com/shop:1.4 ./manage.py thumbnails
    # - Left out: docker run --rm --env-file /srv/shop/.env -v
    #   /srv/media:/media registry.example.com/shop:1.4.
    # - No command 'thumbnails' is in this project: manage.py check will say
    #   so.
    Job("thumbnails", schedule="20 3 * * *"),
    # 25 3 * * * kubectl -n shop exec deploy/web -c app -- python manage.py reindex
    # - Left out: kubectl -n shop exec deploy/web -c app --.
    # - No command 'reindex' is in this project: manage.py check will say so.
    Job("reindex", schedule="25 3 * * *"),
    # NOT CARRIED OVER: 'docker' runs no management command here.
    # 30 3 * * * docker restart shop_web_1
    # NOT CARRIED OVER: 'pg_dump' is not a management command: write one that
    # does its work, or leave it there.
    # 35 3 * * * docker exec db pg_dump -U shop shop | gzip > /srv/backup/shop.sql.gz
]
