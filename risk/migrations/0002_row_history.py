import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from aims.core.tenancy.backfill import begin_history

NAMES = ("RiskCriteria", "RiskApproval")


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_checkpoints'),
        ('risk', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RiskApprovalEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('treatment', 'Treatment plan'), ('acceptance', 'Residual-risk acceptance')], max_length=12)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('approved', 'Approved'), ('expired', 'Expired'), ('revoked', 'Revoked'), ('rejected', 'Rejected')], default='draft', max_length=10)),
                ('residual_level', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High'), ('critical', 'Critical')], max_length=10)),
                ('reason', models.TextField()),
                ('controls', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, help_text='The controls the plan applies', size=None)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('submitted_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('comment', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RiskCriteriaEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('content', models.JSONField(help_text='Scales, bands, appetite, acceptance months: see risk.scoring.Criteria')),
                ('note', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskapproval',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "risk_riskapprovalevent" ("comment", "controls", "decided_at", "decided_by_id", "expires_on", "id", "kind", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "residual_level", "risk_id", "snapshot_id", "state", "submitted_at", "submitted_by_id") VALUES (NEW."comment", NEW."controls", NEW."decided_at", NEW."decided_by_id", NEW."expires_on", NEW."id", NEW."kind", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."reason", NEW."residual_level", NEW."risk_id", NEW."snapshot_id", NEW."state", NEW."submitted_at", NEW."submitted_by_id"); RETURN NULL;', hash='fb264150b1f5b3033394390996493548f52a8378', operation='INSERT', pgid='pgtrigger_insert_insert_8fc5c', table='risk_riskapproval', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskapproval',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "risk_riskapprovalevent" ("comment", "controls", "decided_at", "decided_by_id", "expires_on", "id", "kind", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "residual_level", "risk_id", "snapshot_id", "state", "submitted_at", "submitted_by_id") VALUES (NEW."comment", NEW."controls", NEW."decided_at", NEW."decided_by_id", NEW."expires_on", NEW."id", NEW."kind", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."reason", NEW."residual_level", NEW."risk_id", NEW."snapshot_id", NEW."state", NEW."submitted_at", NEW."submitted_by_id"); RETURN NULL;', hash='0a9755ec9a30fa5a4527291105b9af45c9ca87d0', operation='UPDATE', pgid='pgtrigger_update_update_7e7fd', table='risk_riskapproval', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskapproval',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "risk_riskapprovalevent" ("comment", "controls", "decided_at", "decided_by_id", "expires_on", "id", "kind", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "residual_level", "risk_id", "snapshot_id", "state", "submitted_at", "submitted_by_id") VALUES (OLD."comment", OLD."controls", OLD."decided_at", OLD."decided_by_id", OLD."expires_on", OLD."id", OLD."kind", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."reason", OLD."residual_level", OLD."risk_id", OLD."snapshot_id", OLD."state", OLD."submitted_at", OLD."submitted_by_id"); RETURN NULL;', hash='8392ac7144506e0d7295f76ab532cf3dda131e8e', operation='DELETE', pgid='pgtrigger_delete_delete_e93b9', table='risk_riskapproval', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskcriteria',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "risk_riskcriteriaevent" ("approved_at", "approved_by_id", "author_id", "content", "created_at", "id", "note", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."content", NEW."created_at", NEW."id", NEW."note", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."version"); RETURN NULL;', hash='e193e57c220ec834fa8dba8971536c154baace28', operation='INSERT', pgid='pgtrigger_insert_insert_f1bd9', table='risk_riskcriteria', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskcriteria',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "risk_riskcriteriaevent" ("approved_at", "approved_by_id", "author_id", "content", "created_at", "id", "note", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."content", NEW."created_at", NEW."id", NEW."note", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."version"); RETURN NULL;', hash='b20030e95f71dfedff6b5d9f49f7a1c328432e40', operation='UPDATE', pgid='pgtrigger_update_update_58b5a', table='risk_riskcriteria', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskcriteria',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "risk_riskcriteriaevent" ("approved_at", "approved_by_id", "author_id", "content", "created_at", "id", "note", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "version") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."author_id", OLD."content", OLD."created_at", OLD."id", OLD."note", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."version"); RETURN NULL;', hash='cc737402d03cffd894a315251c7acceb14e06ce2', operation='DELETE', pgid='pgtrigger_delete_delete_01ff2', table='risk_riskcriteria', when='AFTER')),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='decided_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='risk.riskapproval'),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='risk',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='risk.risk'),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='snapshot',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.snapshot'),
        ),
        migrations.AddField(
            model_name='riskapprovalevent',
            name='submitted_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='riskcriteriaevent',
            name='approved_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='riskcriteriaevent',
            name='author',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='riskcriteriaevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='riskcriteriaevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='risk.riskcriteria'),
        ),
        migrations.RunPython(begin_history("risk", *NAMES), migrations.RunPython.noop),
    ]
