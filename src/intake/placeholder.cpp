// placeholder until this room's first source arrives
