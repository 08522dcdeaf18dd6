from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "checkpoints.sql"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_functions'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrailCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField()),
                ('hash', models.BinaryField()),
                ('note', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('stored_at', models.DateTimeField(null=True)),
                ('stamp', models.BinaryField(null=True)),
                ('stamped_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organization')),
            ],
            options={
                'ordering': ['-seq'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'seq'), name='trail_checkpoint_once')],
            },
        ),
        migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop),
    ]
