from tools.serve import main

main()
