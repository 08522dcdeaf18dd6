import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from aims.core.tenancy.backfill import begin_history

NAMES = ("ControlEvidence", "StatementOfApplicability", "SoAEntry", "SoAReason")


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0001_initial'),
        ('core', '0003_checkpoints'),
    ]

    operations = [
        migrations.CreateModel(
            name='ControlEvidenceEvent',
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
        migrations.CreateModel(
            name='SoAEntryEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('is_included', models.BooleanField(null=True)),
                ('justification', models.TextField(blank=True, help_text='Why it applies, or why it is left out')),
                ('exclusion_link', models.CharField(blank=True, help_text='The risk assessment, requirement or exception that shows it', max_length=300)),
                ('decided_at', models.DateTimeField(null=True)),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SoAReasonEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('risk_treatment', 'Risk treatment'), ('legal', 'Legal duty'), ('contract', 'Contract'), ('interested_party', 'Interested party'), ('business_decision', 'Business decision')], max_length=20)),
                ('link', models.CharField(blank=True, help_text='Law and article, contract, party or record', max_length=300)),
                ('text', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StatementOfApplicabilityEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('approved', 'Approved'), ('superseded', 'Superseded')], default='draft', max_length=12)),
                ('scope', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('approved_at', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('comment', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='controlevidence',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_controlevidenceevent" ("control_id", "evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."control_id", NEW."evidence_id", NEW."id", NEW."linked_at", NEW."linked_by_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='983f10e721e6d6d80dc568ad05c8914fcabe1271', operation='INSERT', pgid='pgtrigger_insert_insert_e38d8', table='controls_controlevidence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='controlevidence',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_controlevidenceevent" ("control_id", "evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."control_id", NEW."evidence_id", NEW."id", NEW."linked_at", NEW."linked_by_id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;', hash='a9e6caa882d29c683d0c3899eb7cc150d9d72792', operation='UPDATE', pgid='pgtrigger_update_update_7bd50', table='controls_controlevidence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='controlevidence',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_controlevidenceevent" ("control_id", "evidence_id", "id", "linked_at", "linked_by_id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."control_id", OLD."evidence_id", OLD."id", OLD."linked_at", OLD."linked_by_id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='f14f9ecebd7871fa82233426d93f25b9f09ced28', operation='DELETE', pgid='pgtrigger_delete_delete_809aa', table='controls_controlevidence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soaentry',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_soaentryevent" ("control_id", "decided_at", "decided_by_id", "exclusion_link", "id", "is_included", "justification", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "row_version", "soa_id") VALUES (NEW."control_id", NEW."decided_at", NEW."decided_by_id", NEW."exclusion_link", NEW."id", NEW."is_included", NEW."justification", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."row_version", NEW."soa_id"); RETURN NULL;', hash='8bff752c5aca00315449f951cbaf8a01e8d589f8', operation='INSERT', pgid='pgtrigger_insert_insert_c1cda', table='controls_soaentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soaentry',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_soaentryevent" ("control_id", "decided_at", "decided_by_id", "exclusion_link", "id", "is_included", "justification", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "row_version", "soa_id") VALUES (NEW."control_id", NEW."decided_at", NEW."decided_by_id", NEW."exclusion_link", NEW."id", NEW."is_included", NEW."justification", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."row_version", NEW."soa_id"); RETURN NULL;', hash='97e8bf91ce6590513f99805986a65da73bcf2298', operation='UPDATE', pgid='pgtrigger_update_update_59101', table='controls_soaentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soaentry',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_soaentryevent" ("control_id", "decided_at", "decided_by_id", "exclusion_link", "id", "is_included", "justification", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "row_version", "soa_id") VALUES (OLD."control_id", OLD."decided_at", OLD."decided_by_id", OLD."exclusion_link", OLD."id", OLD."is_included", OLD."justification", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."row_version", OLD."soa_id"); RETURN NULL;', hash='6ba7986b1b54cc5a47c69cc0d655d6343b7f1959', operation='DELETE', pgid='pgtrigger_delete_delete_4e829', table='controls_soaentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soareason',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_soareasonevent" ("entry_id", "id", "kind", "link", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."entry_id", NEW."id", NEW."kind", NEW."link", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."text"); RETURN NULL;', hash='878f756800afe02a5692e4a3cb38de28f115353f', operation='INSERT', pgid='pgtrigger_insert_insert_630fb', table='controls_soareason', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soareason',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_soareasonevent" ("entry_id", "id", "kind", "link", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."entry_id", NEW."id", NEW."kind", NEW."link", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."text"); RETURN NULL;', hash='7abfb973d244a130c182a0cb6cd29101a54b0be0', operation='UPDATE', pgid='pgtrigger_update_update_da800', table='controls_soareason', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='soareason',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_soareasonevent" ("entry_id", "id", "kind", "link", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (OLD."entry_id", OLD."id", OLD."kind", OLD."link", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."text"); RETURN NULL;', hash='fff10efbac6cfa29163e9478aa35b89d2400f47f', operation='DELETE', pgid='pgtrigger_delete_delete_202e5', table='controls_soareason', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementofapplicability',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_statementofapplicabilityevent" ("approved_at", "approved_by_id", "author_id", "based_on_id", "comment", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "snapshot_id", "state", "submitted_at", "submitted_by_id", "superseded_at", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."based_on_id", NEW."comment", NEW."created_at", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."scope", NEW."snapshot_id", NEW."state", NEW."submitted_at", NEW."submitted_by_id", NEW."superseded_at", NEW."version"); RETURN NULL;', hash='24fe5d838bb7856d02ed49f6855d5b1f272775b5', operation='INSERT', pgid='pgtrigger_insert_insert_16e0c', table='controls_statementofapplicability', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementofapplicability',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_statementofapplicabilityevent" ("approved_at", "approved_by_id", "author_id", "based_on_id", "comment", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "snapshot_id", "state", "submitted_at", "submitted_by_id", "superseded_at", "version") VALUES (NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."based_on_id", NEW."comment", NEW."created_at", NEW."id", NEW."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."scope", NEW."snapshot_id", NEW."state", NEW."submitted_at", NEW."submitted_by_id", NEW."superseded_at", NEW."version"); RETURN NULL;', hash='d07ecf51a6b7c9badd634867aeeb89feb0af1870', operation='UPDATE', pgid='pgtrigger_update_update_859a3', table='controls_statementofapplicability', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statementofapplicability',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_statementofapplicabilityevent" ("approved_at", "approved_by_id", "author_id", "based_on_id", "comment", "created_at", "id", "organization_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "snapshot_id", "state", "submitted_at", "submitted_by_id", "superseded_at", "version") VALUES (OLD."approved_at", OLD."approved_by_id", OLD."author_id", OLD."based_on_id", OLD."comment", OLD."created_at", OLD."id", OLD."organization_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."scope", OLD."snapshot_id", OLD."state", OLD."submitted_at", OLD."submitted_by_id", OLD."superseded_at", OLD."version"); RETURN NULL;', hash='2113798021975a5e4bc64b50f629f0b919e7f89c', operation='DELETE', pgid='pgtrigger_delete_delete_57ea0', table='controls_statementofapplicability', when='AFTER')),
        ),
        migrations.AddField(
            model_name='controlevidenceevent',
            name='control',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.control'),
        ),
        migrations.AddField(
            model_name='controlevidenceevent',
            name='evidence',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.evidence'),
        ),
        migrations.AddField(
            model_name='controlevidenceevent',
            name='linked_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='controlevidenceevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='controlevidenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.controlevidence'),
        ),
        migrations.AddField(
            model_name='soaentryevent',
            name='control',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.control'),
        ),
        migrations.AddField(
            model_name='soaentryevent',
            name='decided_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='soaentryevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='soaentryevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.soaentry'),
        ),
        migrations.AddField(
            model_name='soaentryevent',
            name='soa',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.statementofapplicability'),
        ),
        migrations.AddField(
            model_name='soareasonevent',
            name='entry',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.soaentry'),
        ),
        migrations.AddField(
            model_name='soareasonevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='soareasonevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.soareason'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='approved_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='author',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='based_on',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.statementofapplicability'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='organization',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.organization'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.statementofapplicability'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='snapshot',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.snapshot'),
        ),
        migrations.AddField(
            model_name='statementofapplicabilityevent',
            name='submitted_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.member'),
        ),
        migrations.RunPython(begin_history("controls", *NAMES), migrations.RunPython.noop),
    ]
