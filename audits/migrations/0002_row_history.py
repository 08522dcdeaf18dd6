import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from aims.core.tenancy.backfill import begin_history

NAMES = ("AuditSystem", "AuditTeamMember", "ChecklistItem")


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0001_initial'),
        ('core', '0003_checkpoints'),
        ('inventory', '0002_row_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSystemEvent',
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
            name='AuditTeamMemberEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('declared_independent_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ChecklistItemEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField()),
                ('requirement', models.CharField(help_text='Clause or control number', max_length=12)),
                ('question', models.TextField()),
                ('result', models.CharField(choices=[('not_tested', 'Not tested'), ('conforming', 'Conforming'), ('ofi', 'Opportunity for improvement'), ('minor', 'Minor nonconformity'), ('major', 'Major nonconformity')], default='not_tested', max_length=14)),
                ('notes', models.TextField(blank=True)),
                ('tested_at', models.DateTimeField(null=True)),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditsystem',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_auditsystemevent" ("audit_id", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."audit_id", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."system_id"); RETURN NULL;', hash='738bf41308485378db433922d1d6dd0afd3aba6f', operation='INSERT', pgid='pgtrigger_insert_insert_ecd9b', table='audits_auditsystem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditsystem',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audits_auditsystemevent" ("audit_id", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (NEW."audit_id", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."system_id"); RETURN NULL;', hash='7f737a9fd7b62f6e1a6f7c3567508158613f1611', operation='UPDATE', pgid='pgtrigger_update_update_f3259', table='audits_auditsystem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditsystem',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_auditsystemevent" ("audit_id", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "system_id") VALUES (OLD."audit_id", OLD."id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."system_id"); RETURN NULL;', hash='8a0b447386862153ef7e9f937b32a1f9b0bc8a27', operation='DELETE', pgid='pgtrigger_delete_delete_2d020', table='audits_auditsystem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditteammember',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_auditteammemberevent" ("audit_id", "declared_independent_at", "id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."audit_id", NEW."declared_independent_at", NEW."id", NEW."member_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='5bcea2cdf0c9e8bd146081219daec8e05f9d5b63', operation='INSERT', pgid='pgtrigger_insert_insert_9cd28', table='audits_auditteammember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditteammember',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audits_auditteammemberevent" ("audit_id", "declared_independent_at", "id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."audit_id", NEW."declared_independent_at", NEW."id", NEW."member_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='90708d1925831fba7639ae5e88e7e3976e89f2ab', operation='UPDATE', pgid='pgtrigger_update_update_84408', table='audits_auditteammember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditteammember',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_auditteammemberevent" ("audit_id", "declared_independent_at", "id", "member_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."audit_id", OLD."declared_independent_at", OLD."id", OLD."member_id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='877da7e2ff0a71b67aa8268bacbc46bbeecc133e', operation='DELETE', pgid='pgtrigger_delete_delete_5f3dc', table='audits_auditteammember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checklistitem',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_checklistitemevent" ("audit_id", "evidence_id", "id", "notes", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "question", "requirement", "result", "row_version", "tested_at", "tested_by_id") VALUES (NEW."audit_id", NEW."evidence_id", NEW."id", NEW."notes", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."position", NEW."question", NEW."requirement", NEW."result", NEW."row_version", NEW."tested_at", NEW."tested_by_id"); RETURN NULL;', hash='f2f6f77695cee928cf67678b56c9fc207b8bb598', operation='INSERT', pgid='pgtrigger_insert_insert_bbcad', table='audits_checklistitem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checklistitem',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "audits_checklistitemevent" ("audit_id", "evidence_id", "id", "notes", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "question", "requirement", "result", "row_version", "tested_at", "tested_by_id") VALUES (NEW."audit_id", NEW."evidence_id", NEW."id", NEW."notes", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."position", NEW."question", NEW."requirement", NEW."result", NEW."row_version", NEW."tested_at", NEW."tested_by_id"); RETURN NULL;', hash='d85cc07651c87aa474210040bdd6bb1751dbbb3f', operation='UPDATE', pgid='pgtrigger_update_update_8f656', table='audits_checklistitem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='checklistitem',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "audits_checklistitemevent" ("audit_id", "evidence_id", "id", "notes", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "question", "requirement", "result", "row_version", "tested_at", "tested_by_id") VALUES (OLD."audit_id", OLD."evidence_id", OLD."id", OLD."notes", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."position", OLD."question", OLD."requirement", OLD."result", OLD."row_version", OLD."tested_at", OLD."tested_by_id"); RETURN NULL;', hash='b2f21225b634a61f70fac7ab23db50be1aca476b', operation='DELETE', pgid='pgtrigger_delete_delete_b834c', table='audits_checklistitem', when='AFTER')),
        ),
        migrations.AddField(
            model_name='auditsystemevent',
            name='audit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='audits.audit'),
        ),
        migrations.AddField(
            model_name='auditsystemevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='auditsystemevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='audits.auditsystem'),
        ),
        migrations.AddField(
            model_name='auditsystemevent',
            name='system',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='inventory.aisystem'),
        ),
        migrations.AddField(
            model_name='auditteammemberevent',
            name='audit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='audits.audit'),
        ),
        migrations.AddField(
            model_name='auditteammemberevent',
            name='member',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='auditteammemberevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='auditteammemberevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='audits.auditteammember'),
        ),
        migrations.AddField(
            model_name='checklistitemevent',
            name='audit',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='audits.audit'),
        ),
        migrations.AddField(
            model_name='checklistitemevent',
            name='evidence',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.evidence'),
        ),
        migrations.AddField(
            model_name='checklistitemevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='checklistitemevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='audits.checklistitem'),
        ),
        migrations.AddField(
            model_name='checklistitemevent',
            name='tested_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.RunPython(begin_history("audits", *NAMES), migrations.RunPython.noop),
    ]
