from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "operators.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_delegation_function"),
    ]

    operations = [
        migrations.CreateModel(
            name="OperatorEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                ("action", models.CharField(max_length=80)),
                ("organization_slug", models.CharField(blank=True, max_length=60)),
                ("seq", models.BigIntegerField(editable=False, null=True, unique=True)),
                ("previous", models.BinaryField(null=True)),
                ("hash", models.BinaryField(null=True)),
            ],
            options={
                "ordering": ["-seq"],
            },
        ),
        migrations.AddField(
            model_name="organization",
            name="suspended_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="organization",
            name="suspension_reason",
            field=models.CharField(blank=True, editable=False, max_length=300),
        ),
        migrations.RunSQL(SQL.read_text(), migrations.RunSQL.noop),
    ]
