"""Three sheets as offices really keep them, built by code: a county's list, an association's, a text table of WPS.

Each function answers bytes; what is wrong in them on purpose is said in its docstring.
"""

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

NEED_TITLE = "孝昌县2027年乡村振兴帮扶需求项目清单"


def _saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _row(sheet, number, texts):
    for column, text in enumerate(texts, 1):
        if text != "":
            sheet.cell(number, column, text)


def county_list():
    """An agriculture bureau's .xlsx: merged title, a line with the unit, a header of two rows with merged groups, needs
    merged over several rows of things, a heading, a sum, a signature, a hidden sheet, full-width digits, amounts with
    words, terms in one cell.

    Nine needs: six are good; 周巷镇's has an unknown township (周港镇), 邹岗镇's no text, 小河镇's a sum that was never
    computed.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "需求清单"
    sheet["A1"] = "附件1"
    sheet["A2"] = NEED_TITLE
    sheet.merge_cells("A2:T2")
    sheet["A2"].font, sheet["A2"].alignment = Font(size=18, bold=True), Alignment(horizontal="center")
    sheet["A3"] = "填报单位：孝昌县农业农村局（盖章）"
    sheet.merge_cells("A3:H3")
    sheet["Q3"] = "金额单位：万元"
    _row(sheet, 4,
         ["序号", "需求事项", "类别", "乡镇", "村", "建设内容及规模", "资金（万元）", "", "", "受益情况", "",
          "所需物资", "", "", "",
                    "实施期限", "预期效果", "责任单位", "联系人", "联系方式"])
    _row(sheet, 5,
         ["", "", "", "", "", "", "总投资", "已落实", "缺口", "户数", "人数", "品名", "数量", "计量单位", "单价（元）"])
    for letters in ("G4:I4", "J4:K4", "L4:O4", *(f"{letter}4:{letter}5" for letter in "ABCDEFPQRST")):
        sheet.merge_cells(letters)
    body = ("村里 68 位老人中午没人做饭，食堂房子已经腾出来，水电接通，还差炊事设备、桌椅和第一年的运行费。",
            "二百亩黄桃进入盛果期，每年六月集中上市，缺冷藏周转和线上销售的人手，农户担心卖不出去。",
            "小学四十名留守儿童放学后没有人辅导功课，缺图书、课桌和周末志愿者，学校可以提供教室。",
            "村卫生室只有一名村医，老人量血压、测血糖要走十里路，希望每季度有医生来义诊并培训村医。",
            "村口到养老院三公里没有路灯，冬天老人晚上出门容易摔跤，需要装太阳能路灯和请人日常维护。",
            "全县返乡青年有三百多人想学电商直播，缺老师和实训设备，县里可以提供场地和食宿。",
            "茶园病虫害重，农户不会用生物防治，希望请专家驻点指导一季，并建两亩示范田给大家看。")
    # fmt: off
    rows = [
        ("一、民生服务类",),
        (1, "白沙镇老年食堂缺炊事设备", "养老", "白沙镇", "程家河村", body[0], "8.5万", "３", "", "52", "68人", "炉灶",
         "2", "台", 3500,
         "2027年3月-2027年12月", "每天 60 位老人吃上热饭", "白沙镇人民政府", "李明", 13871230001),
        ("", "", "", "", "", "", "", "", "", "", "", "冰箱", 1, "台", 2800),
        ("", "", "", "", "", "", "", "", "", "", "", "桌椅", "15", "套", "６００"),
        (2, "小学放学后没有人辅导功课", "教育类", "丰山", "", body[2], "约5万", "无", "5", "40户", "40", "图书",
         "500册", "", "20",
         "2027.3-2027.12", "四十名孩子每天有人辅导", "丰山镇中心小学", "王芳", "0712-4712306"),
        (3, "村卫生室请医生每季度义诊", "医疗卫生", "孝昌县王店镇", "磨山村", body[3], "", "0", "十二万", "310",
         "约900人", "", "", "", "",
         "2027-01-01至2027-12-31", "老人每季度量一次血压", "王店镇卫生院", "赵刚", "13871230003/13871230004"),
        (4, "养老院路上缺太阳能路灯", "人居环境", "周港镇", "大塘村", body[4], 6, 2, 4, "120", "400", "太阳能路灯",
         "30", "盏", "1200元",
         "2027年4月—6月", "三公里路夜里亮灯", "周巷镇人民政府", "孙伟", "１３８７１２３０００５"),
        ("二、产业就业类",),
        (5, "黄桃上市缺冷藏和销售人手", "消费帮扶", "陡山乡", "桃花村", body[1], "30万元", "120000元", "18", "86户",
         "260人", "", "", "", "",
         "2027年5月-8月", "黄桃八成以上当季卖出", "陡山乡农业服务中心", "周敏", "13871230006"),
        (6, "返乡青年学电商直播缺老师", "就业", "全县", "", body[5], "15", "5", "10", "", "三百", "电脑", "20台", "",
         "4,000",
         "2027年全年", "培训三百人", "县农业农村局", "吴涛", "13871230007"),
        (7, "茶园病虫害请专家驻点指导", "农业技术", "小悟乡", "", body[6], "4", "1", "3", "75", "220", "", "", "", "",
         "2027/3/1-2027/9/30", "示范田两亩", "小悟乡农业服务中心", "郑强", "13871230008"),
        (8, "邹岗镇请人调解矛盾", "基层治理", "邹岗镇", "", "", "1", "0", "1", "30", "90", "", "", "", "", "2027年",
         "半年内矛盾少一半",
         "邹岗镇人民政府", "冯磊", "13871230009"),
        (9, "小河镇危房户过冬救助", "慈善", "小河镇", "沙窝村",
         "二十户危房户冬天缺棉被和取暖设备，镇里已经摸清名单，希望有人捐赠并一起送到户。",
         "=SUM(H18:I18)", "1", "2", "20", "46", "棉被", "46", "床", "120", "2027年11月底前", "入冬前送到户",
         "小河镇人民政府", "陈静",
         "13871230010"),
        ("合计", "", "", "", "", "", "71.5", "26", "45", "733", "2144"),
        ("填表人：李明", "", "", "", "审核人：王局长", "", "", "", "", "", "联系电话：0712-4712300"),
    ]
    # fmt: on
    for number, row in enumerate(rows, 6):
        _row(sheet, number, row)
    for letter in "ABCDEFGHIJKPQRST":
        sheet.merge_cells(f"{letter}7:{letter}9")
    sheet.merge_cells("A6:T6")
    sheet.merge_cells("A13:T13")
    notes = book.create_sheet("填表说明")
    notes["A1"] = "请各乡镇于 11 月底前报送，电话 0712-4712300。"
    secret = book.create_sheet("历年数据")
    secret.sheet_state = "hidden"
    secret["A1"] = "项目名称"
    return _saved(book)


def association_list():
    """An association's .xlsx of offerings: amounts in 元, names and numbers in one column, a code column, served areas
    in words, notes below.

    Five offerings: three are good; one has a telephone with a digit missing, one says 面谈 for its way of charging.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "2027服务项目"
    _row(sheet, 1, ["孝感市助老服务协会 2027 年可提供服务一览表"])
    sheet.merge_cells("A1:L1")
    _row(sheet, 3,
         ["编号", "服务名称", "服务类别", "服务内容及标准", "服务对象", "可承接数量", "投入资金（元）",
          "物资折款（元）", "人天", "收费情况",
                    "服务范围", "服务期限", "负责人"])
    rows = [
        ("ZL-01", "乡村老年食堂开办辅导", "养老助餐",
         "派两名师傅驻点一个月，教会采购、做饭、记账和食品安全，开伙后每季度回访一次。", "村级老年食堂", "3个村",
         100000, "25,000", 60, "公益", "孝感市、随州市", "2027年1月-2029年12月", "李明 13871230001"),
        ("ZL-02", "居家适老化改造", "养老",
         "上门评估，装扶手、防滑垫和呼叫器，每户两天内完成，半年后回访一次，工料由协会出。", "失能老人家庭", "50",
         "20万",
         "８００００", "200天", "免费", "孝感", "长期", "王芳（13871230002、0712-4712306）"),
        ("ZL-03", "留守儿童周末陪伴", "儿童", "每周末派四名志愿者到村，陪读书、做游戏和视频通话，全年不少于四十次。",
         "留守儿童", 2, "/", "12000元", "480",
         "不收费", "大悟县、孝昌县", "2027.3-2027.12", "赵刚，1387123000"),
        ("ZL-04", "护理员技能培训", "就业培训",
         "五天集中培训加两周实操，考核合格发培训证书，教材和实操耗材由协会提供。", "农村妇女", "4期", 36000, "", "90",
         "面谈", "全省", "2027-03-01至2027-11-30", "孙伟/13871230005"),
        ("ZL-05", "农村老人免费体检", "医疗", "带便携设备进村，查血压血糖心电，一人一档，异常的帮助联系县医院复查。",
         "六十岁以上老人", "10", "150,000", "0",
         "120", "公益", "全省", "2027年", "周敏：0712-4712307"),
    ]
    for number, row in enumerate(rows, 4):
        _row(sheet, number, row)
    _row(sheet, 9, ["注：1. 以上为协会理事会通过的年度计划；2. 资金以实际拨付为准。"])
    sheet.merge_cells("A9:M9")
    return _saved(book)


def township_text():
    """What WPS saves as text: GB 18030, tabs, CR LF, quoted cells with line breaks, full-width digits and no merged
    cells any more.

    Four needs: two are good; one repeats the first, one ends before it starts.
    """
    rows = [
        ["白沙镇2027年帮扶需求汇总"],
        ["序号", "项目名称", "帮扶领域", "所在村", "具体需求", "需资金(元)", "覆盖人数", "开始时间", "完成时间",
         "联系人", "电话"],
        ["１", "程家河村老年食堂缺炊事设备", "养老服务", "程家河村",
         "\"六十八位老人中午没人做饭，食堂房子已经腾出来，\n还差炊事设备和第一年的运行费。\"",
         "５５，０００", "68", "2027.3.1", "2027年12月31日", "李明", "13871230001"],
        ["２", "护林员缺防火装备", "产业", "红花村",
         "二十名护林员没有防火服和对讲机，春节前后山火多发，镇里能出培训场地和伙食。", "1.2万", "20人",
         "2027年1月", "2027年4月底", "王芳", "0712-4712306"],
        ["３", "程家河村老年食堂缺炊事设备", "养老服务", "程家河村",
         "老人吃饭难，食堂房子已经腾出来，还差炊事设备和运行费，请帮一帮。", "55000", "68",
         "2027.3.1", "2027年12月31日", "李明", "13871230001"],
        ["４", "村小图书室缺图书", "教育", "白沙社区",
         "图书室只有两百本旧书，一百二十名孩子没有课外书看，学校能出书架和管理老师。", "8000", "120",
         "2027-09-01", "2027-03-01", "赵刚", "13871230003"],
        ["合计", "", "", "", "", "130000", "276", "", "", "", ""],
    ]
    return "\r\n".join("\t".join(row) for row in rows).encode("gb18030")
