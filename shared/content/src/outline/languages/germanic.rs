//! The outline's sentences in German and Dutch.

use super::sentences::Sentences;

pub(super) const DE: Sentences = Sentences {
    setting: [
        "Dies ist eine Gliederung; den Text muss ein Mensch oder ein Modell schreiben.",
        "Stil",
        "Ton",
        "Leser",
        "Schlüsselwort",
        "Schlagworte",
        "Der Wunsch der Redaktion",
    ],
    parts: [
        "Einleitung",
        "Beginnen Sie mit dem Augenblick, in dem jemand {} zum ersten Mal braucht. Was geschieht ohne das?",
        "Worum es geht",
        "Erklären Sie {} in Worten, die kein Vorwissen brauchen. Welches Beispiel aus dem Alltag hilft dabei?",
        "So geht es",
        "Führen Sie in prüfbaren Schritten durch die erste Anwendung. Woran sieht man, dass jeder gelungen ist?",
        "Was schiefgehen kann",
        "Nennen Sie die häufigsten Fehler, den häufigsten zuerst. Wie bemerkt man sie rechtzeitig?",
        "Schluss",
        "Kehren Sie zum Anfang zurück und nennen Sie eine Sache, die jeder heute tun kann. Wen kann man fragen?",
    ],
    news: [
        "Diesmal",
        "Sagen Sie in zwei Sätzen, was es zu {} Neues gibt und wen es angeht.",
        "Die Hauptsache",
        "Erzählen Sie die eine Entwicklung, nach der die Leser fragen werden, mit ihrer Quelle.",
        "Zum Ausprobieren",
        "Geben Sie den Lesern etwas, das sie vor der nächsten Ausgabe tun können.",
    ],
    posts: [
        "Beginnen Sie mit dem, was an {} niemand erwartet.",
        "Nennen Sie eine Zahl und woher sie stammt.",
        "Zeigen Sie ein Beispiel, das in zwei Sätze passt.",
        "Stellen Sie eine Frage, die sich in einer Zeile beantworten lässt.",
    ],
    letter: [
        "Guten Tag,",
        "Sagen Sie im ersten Satz, warum {} diesen Leser angeht.",
        "Nennen Sie das eine, was er wissen muss, und ab wann es gilt.",
        "Nehmen Sie ihm den Zweifel, der ihn abhält: Was kostet es, und wie kommt er wieder heraus?",
        "Schreiben Sie hier in einer Zeile, was zu tun ist, mit Link.",
        "Mit freundlichen Grüßen",
        "Name des Absenders",
    ],
    words: "Schreiben Sie hier etwa {} Wörter.",
};

pub(super) const NL: Sentences = Sentences {
    setting: [
        "Dit is een opzet; een mens of een model moet de tekst schrijven.",
        "Stijl",
        "Toon",
        "Lezers",
        "Trefwoord",
        "Labels",
        "De wens van de redactie",
    ],
    parts: [
        "Inleiding",
        "Begin met het moment waarop iemand {} voor het eerst nodig heeft. Wat gebeurt er zonder?",
        "Waar het om gaat",
        "Leg {} uit in woorden die geen voorkennis vragen. Welk alledaags voorbeeld helpt daarbij?",
        "Zo doet u het",
        "Leid in controleerbare stappen door het eerste gebruik. Waaraan ziet men dat elke stap is gelukt?",
        "Wat er mis kan gaan",
        "Noem de gewoonste fouten, de meest voorkomende eerst. Hoe merkt men ze op tijd?",
        "Slot",
        "Keer terug naar het begin en noem iets wat iedereen vandaag kan doen. Wie kan men vragen?",
    ],
    news: [
        "Deze keer",
        "Zeg in twee zinnen wat er nieuw is aan {} en wie het aangaat.",
        "Het hoofdverhaal",
        "Vertel de ontwikkeling waar lezers naar zullen vragen, met de bron.",
        "Om te proberen",
        "Geef de lezers iets om te doen vóór het volgende nummer.",
    ],
    posts: [
        "Begin met wat niemand van {} verwacht.",
        "Geef een getal en zeg waar het vandaan komt.",
        "Laat een voorbeeld zien dat in twee zinnen past.",
        "Stel een vraag die in één regel te beantwoorden is.",
    ],
    letter: [
        "Goedendag,",
        "Zeg in de eerste zin waarom {} deze lezer aangaat.",
        "Noem het enige wat hij moet weten, en vanaf wanneer het geldt.",
        "Neem de twijfel weg die hem tegenhoudt: wat kost het, en hoe komt hij er weer uit?",
        "Schrijf hier in één regel wat er moet gebeuren, met de link.",
        "Met vriendelijke groet,",
        "Naam van de afzender",
    ],
    words: "Schrijf hier ongeveer {} woorden.",
};
