import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from aims.core.tenancy.backfill import begin_history

NAMES = ("ScopeStatement", "OversightPerson", "SystemComponent", "SystemEvidence")


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_checkpoints'),
        ('inventory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='OversightPersonEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ScopeStatementEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('statement', models.TextField()),
                ('boundaries', models.TextField(blank=True, help_text='Sites, units, and what is left out and why')),
                ('created_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SystemComponentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('version', models.CharField(blank=True, max_length=100)),
                ('supplier', models.CharField(blank=True, max_length=200)),
                ('licence', models.CharField(blank=True, max_length=200)),
                ('hashes', models.JSONField(blank=True, default=dict)),
                ('description', models.TextField(blank=True)),
                ('source', models.CharField(blank=True, max_length=250)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SystemEvidenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('linked_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='oversightperson',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_oversightpersonevent" ("id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."id", NEW."member_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."system_id"); RETURN NULL;', hash='571bbc8d0a944781e72a02d691e08b157c6f227e', operation='INSERT', pgid='pgtrigger_insert_insert_f3791', table='inventory_oversightperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='oversightperson',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "inventory_oversightpersonevent" ("id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."id", NEW."member_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."system_id"); RETURN NULL;', hash='4cc7745fccef05a97e6203ab976107a52aea8a4d', operation='UPDATE', pgid='pgtrigger_update_update_4801a', table='inventory_oversightperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='oversightperson',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_oversightpersonevent" ("id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (OLD."id", OLD."member_id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."system_id"); RETURN NULL;', hash='77f55a89ae96860dd994ede9648404e8eb881731', operation='DELETE', pgid='pgtrigger_delete_delete_f36d2', table='inventory_oversightperson', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scopestatement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_scopestatementevent" ("approved_at", "approved_by_id", "author_id", "boundaries", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "statement", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."boundaries", NEW."created_at", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."statement", NEW."version"); RETURN NULL;', hash='e43f23c797f3fd9787885965e35c0e78546cf43b', operation='INSERT', pgid='pgtrigger_insert_insert_86251', table='inventory_scopestatement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scopestatement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "inventory_scopestatementevent" ("approved_at", "approved_by_id", "author_id", "boundaries", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "statement", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."boundaries", NEW."created_at", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."statement", NEW."version"); RETURN NULL;', hash='c870beeb05e6b3ff36b29dc8967a993e18962e3d', operation='UPDATE', pgid='pgtrigger_update_update_66623', table='inventory_scopestatement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scopestatement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_scopestatementevent" ("approved_at", "approved_by_id", "author_id", "boundaries", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "statement", "version") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."author_id", OLD."boundaries", OLD."created_at", OLD."id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."statement", OLD."version"); RETURN NULL;', hash='870a94ec1dc4fcc65e6e12eab4d2db204ffe9b59', operation='DELETE', pgid='pgtrigger_delete_delete_31004', table='inventory_scopestatement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemcomponent',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_systemcomponentevent" ("description", "hashes", "id", "kind", "licence", "name", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "supplier", "system_id", "version") VALUES (NEW."description", NEW."hashes", NEW."id", NEW."kind", NEW."licence", NEW."name", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."source", NEW."supplier", NEW."system_id", NEW."version"); RETURN NULL;', hash='edb39f2c5e9f92ed464de3339dcf06972f395851', operation='INSERT', pgid='pgtrigger_insert_insert_bf26d', table='inventory_systemcomponent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemcomponent',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "inventory_systemcomponentevent" ("description", "hashes", "id", "kind", "licence", "name", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "supplier", "system_id", "version") VALUES (NEW."description", NEW."hashes", NEW."id", NEW."kind", NEW."licence", NEW."name", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."source", NEW."supplier", NEW."system_id", NEW."version"); RETURN NULL;', hash='d833039f8a02d3695763eda3b6851296489ba8f4', operation='UPDATE', pgid='pgtrigger_update_update_fe1f3', table='inventory_systemcomponent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemcomponent',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_systemcomponentevent" ("description", "hashes", "id", "kind", "licence", "name", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "supplier", "system_id", "version") VALUES (OLD."description", OLD."hashes", OLD."id", OLD."kind", OLD."licence", OLD."name", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."source", OLD."supplier", OLD."system_id", OLD."version"); RETURN NULL;', hash='b5212ae50be0c9877d12b8717d16dfb12c5011da', operation='DELETE', pgid='pgtrigger_delete_delete_096f8', table='inventory_systemcomponent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemevidence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_systemevidenceevent" ("evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."evidence_id", NEW."id", NEW."linked_at", NEW."linked_by_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."system_id"); RETURN NULL;', hash='cb0e97422ca9bf8b0bfd5d56b673df09e0eff333', operation='INSERT', pgid='pgtrigger_insert_insert_2720a', table='inventory_systemevidence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemevidence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "inventory_systemevidenceevent" ("evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."evidence_id", NEW."id", NEW."linked_at", NEW."linked_by_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."system_id"); RETURN NULL;', hash='75ac082def289863c02524bc940476a03503207d', operation='UPDATE', pgid='pgtrigger_update_update_0bffb', table='inventory_systemevidence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='systemevidence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "inventory_systemevidenceevent" ("evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (OLD."evidence_id", OLD."id", OLD."linked_at", OLD."linked_by_id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."system_id"); RETURN NULL;', hash='93053f40f3b3a7a882c055b1d183046de012632d', operation='DELETE', pgid='pgtrigger_delete_delete_66341', table='inventory_systemevidence', when='AFTER')),
        ),
        migrations.AddField(
            model_name='oversightpersonevent',
            name='member',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='oversightpersonevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='oversightpersonevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='inventory.oversightperson'),
        ),
        migrations.AddField(
            model_name='oversightpersonevent',
            name='system',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='inventory.aisystem'),
        ),
        migrations.AddField(
            model_name='scopestatementevent',
            name='approved_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='scopestatementevent',
            name='author',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='scopestatementevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='scopestatementevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='inventory.scopestatement'),
        ),
        migrations.AddField(
            model_name='systemcomponentevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='systemcomponentevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='inventory.systemcomponent'),
        ),
        migrations.AddField(
            model_name='systemcomponentevent',
            name='system',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='inventory.aisystem'),
        ),
        migrations.AddField(
            model_name='systemevidenceevent',
            name='evidence',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.evidence'),
        ),
        migrations.AddField(
            model_name='systemevidenceevent',
            name='linked_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='systemevidenceevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='systemevidenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='inventory.systemevidence'),
        ),
        migrations.AddField(
            model_name='systemevidenceevent',
            name='system',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='inventory.aisystem'),
        ),
        migrations.RunPython(begin_history("inventory", *NAMES), migrations.RunPython.noop),
    ]
