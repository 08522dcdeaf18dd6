from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0023_trail_digest")]

    operations = [
        migrations.AddField(
            model_name="samlanswer",
            name="proved_at",
            field=models.FloatField(null=True),
        ),
    ]
