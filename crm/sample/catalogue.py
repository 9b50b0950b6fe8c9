"""What the sample data is made of."""

# Texts, to be split: names in a list would take a line each.
FIRST_NAMES = (
    "Alice Amara Anders Benoit Bianca Carlos Chiara Dana Diego Elif Emeka Fatima Felix Grace Hana Hugo "
    "Ines Ivan Jonas Kenji Lea Liam Mei Milan Nadia Noor Olga Omar Priya Rosa Samir Yuki"
)
LAST_NAMES = (
    "Adeyemi Bauer Costa Dubois Eriksen Fischer Garcia Haddad Ito Jansen Kaya Lindgren Martin Nguyen "
    "Okafor Park Quispe Rossi Silva Tanaka Usman Vargas Weber Xu Yilmaz Zhang"
)

PRODUCTS = {
    "Laptop": "999.99",
    "Monitor 27 inch": "329.00",
    "Docking station": "189.50",
    "Mechanical keyboard": "119.00",
    "Mouse": "39.90",
    "Headset": "89.00",
    "Webcam": "69.95",
    "USB-C cable": "12.50",
    "Power bank": "45.00",
    "External SSD 1 TB": "109.99",
    "Desk lamp": "54.00",
    "Standing desk": "549.00",
    "Office chair": "399.00",
    "Notebook, dotted": "8.90",
    "Fountain pen": "64.00",
    "Backpack": "94.95",
}

# What moderation approves, rejects and leaves to a person, in turn.
MESSAGES = (
    "Thank you for the quick delivery, the laptop works well.",
    "you stupid idiot",
    "Your driver was rude and lazy",
    "Please call me back about order 17.",
    "You are a moron and a liar!",
    "The box arrived in a bloody mess",
)

TOPICS = (
    "Opening hours in spring",
    "A new warehouse",
    "How we pack",
    "Repair before replace",
    "Meet the support team",
    "Returns made simple",
)
