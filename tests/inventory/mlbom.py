"""An ML-BOM as a tool for imaging would write it: a model with a whole card, a data set, a library."""

from __future__ import annotations

from typing import Any

CARD: dict[str, Any] = {
    "modelParameters": {
        "approach": {"type": "supervised"},
        "task": "object-detection",
        "architectureFamily": "convolutional neural network",
        "modelArchitecture": "RetinaNet with ResNet-50",
        "datasets": [{"ref": "chest-images"}],
        "inputs": [{"format": "image/dicom"}],
        "outputs": [{"format": "bounding boxes"}],
    },
    "quantitativeAnalysis": {
        "performanceMetrics": [
            {
                "type": "AUC",
                "value": "0.91",
                "slice": "women over 60",
                "confidenceInterval": {"lowerBound": "0.89", "upperBound": "0.93"},
            },
            {"type": "AUC", "value": "0.935"},
            {"type": "recall", "value": "0.87", "slice": "site B"},
            {"type": "Reading time", "value": "below 2 s"},
        ]
    },
    "considerations": {
        "users": ["Radiologists", "Trainees under supervision"],
        "useCases": ["Marks suspicious areas before a person reads the image"],
        "technicalLimitations": ["Not tried on children", "Images of at least 1,024 pixels"],
        "performanceTradeoffs": ["Fewer misses, more false alarms"],
        "ethicalConsiderations": [{"name": "Automation bias", "mitigationStrategy": "Training twice a year"}],
        "fairnessAssessments": [
            {
                "groupAtRisk": "Women over 60",
                "harms": "Missed findings",
                "mitigationStrategy": "Second reader",
            }
        ],
    },
}
MODEL: dict[str, Any] = {
    "type": "machine-learning-model",
    "bom-ref": "chest-net",
    "purl": "pkg:huggingface/acme/chest-net@3.1",
    "supplier": {"name": "Acme Imaging"},
    "name": "chest-net",
    "version": "3.1",
    "licenses": [{"license": {"id": "Apache-2.0"}}],
    "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
    "modelCard": CARD,
}
DATA: dict[str, Any] = {
    "type": "data",
    "bom-ref": "chest-images",
    "name": "Chest images",
    "version": "2025",
    "description": "Images of three hospitals.",
    "data": [
        {
            "type": "dataset",
            "contents": {"url": "https://data.example/chest"},
            "classification": "confidential",
            "sensitiveData": ["health data", "age"],
            "governance": {"owners": [{"organization": {"name": "Radiology"}}]},
        }
    ],
}
MLBOM: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "version": 1,
    "metadata": {
        "component": {"type": "application", "bom-ref": "app", "name": "Reading room", "version": "5"}
    },
    "components": [
        MODEL,
        DATA,
        {"type": "library", "name": "torch", "version": "2.9", "purl": "pkg:pypi/torch@2.9"},
    ],
}
